/**
 * Whether NSS asks the local files, then the caches, and no directory.
 */
import type { NameServices, NameServiceSwitch } from '../../host/name-services.ts';
import { quote } from '../../directory/rejection.ts';
import { type Finding, type FindingCode, finding, found, type Verdict } from './finding.ts';
import { shellPath } from './shell-path.ts';

export const DATABASES = ['passwd', 'group', 'shadow'] as const;
/** Only where the line is there: else memberships come from `group`. */
export const OPTIONAL = ['initgroups'] as const;
/** Services that ask a directory, or a daemon that asks one. */
export const DIRECTORIES: ReadonlySet<string> = new Set([
  'ldap',
  'ldapd',
  'sss',
  'winbind',
  'nis',
  'nisplus',
  'hesiod',
  'centrify',
  'centrifydc',
]);
export const LOCAL: ReadonlySet<string> = new Set(['files', 'compat']);
/** The commands change one line; this one does all of the wiring. */
const ALL_AT_ONCE = '# or all of the wiring at once: holdfast setup --apply';

export function judgeNameServices({ path, file, databases }: NameServiceSwitch): Verdict {
  if (file.kind !== 'text') {
    const what = file.kind === 'absent' ? `there is no ${path}` : `${path} cannot be read: ${file.reason}`;
    return found(finding('nsswitch-unreadable', what, 'holdfast setup --apply'));
  }
  const first = (database: string): NameServices | undefined => databases.find((one) => one.database === database);
  const wanted = [...DATABASES, ...OPTIONAL.filter((database) => first(database) !== undefined)];
  const faults = wanted.flatMap((database) => judgeDatabase(database, first(database)));
  const codes = [...new Set(faults.map(({ code }) => code))];
  return found(
    ...codes.map((code) =>
      tell(
        path,
        code,
        faults.filter((fault) => fault.code === code),
      ),
    ),
  );
}

interface Fault {
  readonly code: FindingCode;
  readonly database: string;
  /** Undefined where there is none. */
  readonly services: NameServices | undefined;
  /** The rest of a sentence that begins with the line. */
  readonly clause: string;
}

/** What is wrong first: one line is mended at once. */
function judgeDatabase(database: string, services: NameServices | undefined): Fault[] {
  const say = (code: FindingCode, clause: string): Fault[] => [{ code, database, services, clause }];
  if (services === undefined) return say('nsswitch-no-cache', 'is missing');
  const { words } = services;
  const cache = words.indexOf('cache');
  const files = words.findIndex((word) => LOCAL.has(word));
  if (cache === -1) return say('nsswitch-no-cache', 'does not name "cache"');
  if (files === -1 && database !== 'initgroups') return say('nsswitch-no-files', 'does not name "files"');
  if (cache < files) return say('nsswitch-cache-first', 'asks the caches before the local files');
  const cut = words.slice(0, cache).find(isEnd);
  if (cut !== undefined) return say('nsswitch-cache-cut-off', `ends at ${quote(cut)}, before the caches are asked`);
  const before = words.slice(0, cache).find((word) => DIRECTORIES.has(word));
  if (before !== undefined) return say('nsswitch-directory-first', `asks ${quote(before)} before the caches`);
  const after = words.slice(cache).find((word) => DIRECTORIES.has(word));
  return after === undefined ? [] : say('nsswitch-directory-after', `asks ${quote(after)} behind the caches`);
}

/** The same of several lines is one finding, and one command. */
function tell(path: string, code: FindingCode, faults: readonly Fault[]): Finding {
  const clauses = faults.map(({ database, services, clause }) => `${placeOf(database, services)} ${clause}`);
  const edits = faults.flatMap(({ services }) => (services === undefined ? [] : [`-e '${edit(services)}'`]));
  const added = faults.flatMap(({ database, services }) => (services === undefined ? [`${database}: files cache`] : []));
  const commands = [
    ...(edits.length === 0 ? [] : [`sed -i ${edits.join(' ')} ${shellPath(path)}`]),
    ...(added.length === 0 ? [] : [`printf '%s\\n' ${added.map((line) => `'${line}'`).join(' ')} >>${shellPath(path)}`]),
  ];
  return finding(code, `${path}: ${clauses.join('; ')}`, `${commands.join(' && ')}   ${ALL_AT_ONCE}`);
}

function placeOf(database: string, services: NameServices | undefined): string {
  return services === undefined ? `line "${database}:"` : `line ${services.line}, ${quote(`${database}: ${services.words.join(' ')}`)},`;
}

/** Whether people of the directory are found by this line, and without waiting for it. */
export function isWired(services: NameServices): boolean {
  return judgeDatabase(services.database, services).every(({ code }) => code === 'nsswitch-directory-after');
}

/** `[NOTFOUND=return]`, `[!SUCCESS=return]`: who is not in the service before it is nobody. */
export function isEnd(word: string): boolean {
  return /^\[.*(?:notfound\s*=\s*return|!\s*(?:success|unavail|tryagain)\s*=\s*return)/i.test(word);
}

/** For sed(1). */
function edit({ database, words }: NameServices): string {
  const others = words.filter((word) => word !== 'cache' && !LOCAL.has(word) && !DIRECTORIES.has(word));
  const kept = others.filter((word) => /^[A-Za-z0-9_]+$/.test(word));
  const local = words.find((word) => LOCAL.has(word)) ?? 'files';
  return `s/^[[:space:]]*${database}:.*/${database}: ${[local, 'cache', ...kept].join(' ')}/`;
}
