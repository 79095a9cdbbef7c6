/**
 * Whether sshd asks the lookup command for a person of the directory, and who has taken its place where it does not.
 */
import { quote } from '../../directory/rejection.ts';
import type { LocalAccount } from '../../host/local-accounts.ts';
import type { SshdConfigFiles, SshdLine } from '../../host/sshd-config-files.ts';
import type { SshdSettings } from '../../host/sshd-settings.ts';
import { isChain } from '../../host/sshd-drop-in.ts';
import { both, type Finding, finding, found, notChecked, type Verdict } from './finding.ts';
import { judgeAdmission } from './sshd-admission.ts';
import { shellPath } from './shell-path.ts';

export const INSTALL_DROP_IN =
  'holdfast wiring sshd >/etc/ssh/sshd_config.d/10-holdfast.conf && sshd -t && systemctl reload ssh   # or all of the wiring: holdfast setup --apply';
const OURS = /(?:^|[\s"/])holdfast\//;

/** Ours, or a program of ours that asks others as well. */
export function isOurLookup(command: string): boolean {
  return OURS.test(command);
}

export interface SshdFacts {
  readonly login: string;
  /** Of the login, by name; undefined where it is nobody's. */
  readonly groups: readonly string[] | undefined;
  readonly settings: SshdSettings;
  readonly files: SshdConfigFiles;
  /** Of `AuthorizedKeysCommandUser`; undefined for one that nobody is. */
  readonly accountOf: (name: string) => LocalAccount | undefined;
  /** Where our drop-in belongs. */
  readonly dropIn: string;
  readonly isDropInThere: boolean;
}

export function judgeSshd(facts: SshdFacts): Verdict {
  const { settings, files } = facts;
  const unread = notChecked(...files.unread.map(({ file, reason }) => `${file}: ${reason}`));
  switch (settings.kind) {
    case 'settings':
      return both(found(...judgeSettings(settings.values, facts)), unread);
    case 'absent':
      return notChecked('sshd is not installed');
    case 'refused':
      return both(
        found(finding('sshd-refuses-configuration', `sshd says: ${settings.text}`, 'sshd -t   # mend what it names, and try again')),
        unread,
      );
    case 'unknown':
      return both(
        found(...judgeFiles(facts)),
        notChecked(`what counts for "${facts.login}": ${settings.reason}; only the files were read`),
        unread,
      );
  }
}

function judgeSettings(values: ReadonlyMap<string, readonly string[]>, facts: SshdFacts): Finding[] {
  const one = (keyword: string): string => values.get(keyword)?.[0] ?? '';
  return [
    ...judgeCommand(one('authorizedkeyscommand'), facts),
    ...judgeUser(one('authorizedkeyscommand'), one('authorizedkeyscommanduser'), facts),
    ...(one('usepam') === 'no' ? [noPam(facts)] : []),
    ...judgePublicKeys(one('pubkeyauthentication'), one('authenticationmethods'), facts),
    ...(facts.groups === undefined ? [] : judgeAdmission({ login: facts.login, groups: facts.groups, values, lines: facts.files.lines })),
  ];
}

/** Below another root, and where sshd does not say: what the files have for everybody. */
function judgeFiles(facts: SshdFacts): Finding[] {
  const { files } = facts;
  if (files.files.length === 0) return [];
  const first = (keyword: string): string => files.lines.find((line) => line.keyword === keyword && line.match === undefined)?.value ?? '';
  return [...judgeCommand(first('authorizedkeyscommand'), facts), ...(first('usepam').toLowerCase() === 'yes' ? [] : [noPam(facts)])];
}

function judgeCommand(command: string, facts: SshdFacts): Finding[] {
  const { login, files, dropIn } = facts;
  if (isOurLookup(command)) return [];
  const fileOfOurs = files.lines.find((line) => isCommand(line) && isOurLookup(line.value));
  if (command === '' || command === 'none') {
    const what =
      fileOfOurs === undefined
        ? `sshd has no AuthorizedKeysCommand for "${login}"`
        : `${placeOf(fileOfOurs)} names the lookup command, and it does not count for "${login}"`;
    return unreadDropIn(facts) ?? [finding('sshd-no-lookup', what, INSTALL_DROP_IN)];
  }
  const taker = files.lines.find((line) => isCommand(line) && line.value.replaceAll('"', '') === command.replaceAll('"', ''));
  const where = taker === undefined ? '' : `${placeOf(taker)}: `;
  const what = `${where}AuthorizedKeysCommand is ${quote(command)}, and the first value that sshd reads wins`;
  return [finding('sshd-slot-taken', what, taker === undefined ? INSTALL_DROP_IN : makeRoom(taker, dropIn))];
}

/** A file that sorts before ours, or has its own name there: ours goes before it. In sshd_config itself, the line goes. */
function makeRoom({ file, match }: SshdLine, dropIn: string): string {
  if (match !== undefined) return `# take AuthorizedKeysCommand out of "Match ${match}" in ${file}, then: sshd -t && systemctl reload ssh`;
  const [folder, name] = [file.slice(0, file.lastIndexOf('/')), file.slice(file.lastIndexOf('/') + 1)];
  const ours = dropIn.slice(dropIn.lastIndexOf('/') + 1);
  if (folder.endsWith('/sshd_config.d') && name < ours) {
    const later = `${folder}/20-${name.replace(/^[0-9]+-/, '')}`;
    return `mv ${shellPath(file)} ${shellPath(later)} && sshd -t && systemctl reload ssh`;
  }
  return INSTALL_DROP_IN;
}

/** It is there, and no Include leads to it. */
function unreadDropIn({ files: { files, unread }, dropIn, isDropInThere }: SshdFacts): Finding[] | undefined {
  const [main] = files;
  if (!isDropInThere || main === undefined || files.includes(dropIn) || unread.some(({ file }) => file === dropIn)) return undefined;
  const include = `sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' ${shellPath(main)} && sshd -t && systemctl reload ssh`;
  return [finding('sshd-drop-in-unread', `${main} does not include ${dropIn}, so that it does not count`, include)];
}

function judgeUser(command: string, user: string, facts: SshdFacts): Finding[] {
  if (!isOurLookup(command)) return [];
  const account = facts.accountOf(user);
  const { place, mend } = whereSet('AuthorizedKeysCommandUser', 'nobody', facts);
  const what = `${place}AuthorizedKeysCommandUser is ${quote(user)}`;
  if (account === undefined) return [finding('sshd-lookup-user', `${what}, who is no account of this host`, mend)];
  return account.uid === 0 && !isChain(command) ? [finding('sshd-lookup-root', `${what}, who is root`, mend)] : [];
}

function noPam(facts: SshdFacts): Finding {
  const { place, mend } = whereSet('UsePAM', 'yes', facts);
  return finding('sshd-no-pam', `${place}UsePAM is "no" in sshd`, mend);
}

function judgePublicKeys(pubkey: string, methods: string, facts: SshdFacts): Finding[] {
  if (pubkey === 'no') {
    const { place, mend } = whereSet('PubkeyAuthentication', 'yes', facts);
    return [finding('sshd-no-public-keys', `${place}PubkeyAuthentication is "no" for "${facts.login}"`, mend)];
  }
  if (methods === '' || methods === 'any' || methods.includes('publickey')) return [];
  const { place, mend } = whereSet('AuthenticationMethods', 'publickey', facts);
  return [
    finding('sshd-no-public-keys', `${place}AuthenticationMethods for "${facts.login}" are ${quote(methods)}, without publickey`, mend),
  ];
}

/** The first line of all files that says a keyword, which is the one that counts for everybody, and the command that makes it say something else. */
function whereSet(keyword: string, value: string, { files: { lines } }: SshdFacts): { readonly place: string; readonly mend: string } {
  const line = lines.find((one) => one.keyword === keyword.toLowerCase());
  if (line === undefined) return { place: '', mend: INSTALL_DROP_IN };
  const edit = `sed -i 's|^\\([[:space:]]*\\)${keyword}[[:space:]=].*|\\1${keyword} ${value}|I' ${shellPath(line.file)}`;
  return { place: `${placeOf(line)}: `, mend: `${edit} && sshd -t && systemctl reload ssh` };
}

function isCommand({ keyword }: SshdLine): boolean {
  return keyword === 'authorizedkeyscommand';
}

function placeOf({ file, line, match }: SshdLine): string {
  return `${file}:${line}${match === undefined ? '' : ` (in "Match ${match}")`}`;
}

export interface EmergencyFacts {
  readonly user: string;
  readonly file: string;
  readonly settings: SshdSettings;
}

/** The block of emergency users, as far as it counts: another one before it, or a line of its own, may have won. */
export function judgeEmergencySshd({ user, file, settings }: EmergencyFacts): Verdict {
  if (settings.kind !== 'settings')
    return settings.kind === 'unknown' ? notChecked(`what counts for "${user}": ${settings.reason}`) : found();
  const one = (keyword: string): string => settings.values.get(keyword)?.[0] ?? '';
  const wanted = [
    ['authorizedkeyscommand', `/usr/bin/cat ${file}`],
    ['authorizedkeyscommanduser', 'root'],
    ['authorizedkeysfile', 'none'],
  ] as const;
  const wrong = wanted.find(([keyword, value]) => one(keyword) !== value);
  if (wrong === undefined) return found();
  const [keyword, value] = wrong;
  const what = `for emergency user "${user}", ${keyword} is ${quote(one(keyword))} in sshd; wanted: ${quote(value)}`;
  return found(finding('sshd-emergency', what, INSTALL_DROP_IN));
}
