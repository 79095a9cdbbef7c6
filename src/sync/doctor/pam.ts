/**
 * Whether a login by sshd still asks the directory by way of PAM, and whether PAM makes homes.
 */
import type { PamLine, PamStack } from '../../host/pam-stack.ts';
import { count, some } from '../phrases.ts';
import { finding, found, notChecked, type Verdict } from './finding.ts';
import { shellPath } from './shell-path.ts';

/** With the name of Debian's profile for pam-auth-update(8). */
const DIRECTORY_MODULES: ReadonlyMap<string, string> = new Map([
  ['pam_ldap', 'ldap'],
  ['pam_sss', 'sss'],
  ['pam_krb5', 'krb5'],
  ['pam_winbind', 'winbind'],
]);
const MAKES_HOMES: ReadonlySet<string> = new Set(['pam_mkhomedir', 'pam_oddjob_mkhomedir', 'pam_systemd_home', 'pam_zfs_key']);

const PLACES_SHOWN = 4;

/** sshd asks `account` and `session` at each login by key; `auth` and `password` only of who types one. */
export function judgePam(stack: PamStack): Verdict {
  if (stack.kind === 'absent') return notChecked('there is no pam.d/sshd: PAM is not used here');
  if (stack.kind === 'unreadable') return notChecked(`pam.d/sshd cannot be read: ${stack.reason}`);
  const asking = [...DIRECTORY_MODULES].flatMap(([module, profile]) => {
    const lines = stack.lines.filter((line) => line.module === module);
    const atLogin = lines.filter(({ type }) => type === 'account' || type === 'session');
    if (lines.length === 0) return [];
    const code = atLogin.length > 0 ? 'pam-asks-directory' : 'pam-asks-passwords';
    return [finding(code, `${module} is in ${places(atLogin.length > 0 ? atLogin : lines)}`, mend(profile, module, lines))];
  });
  return found(...asking);
}

/** What `pam-auth-update` writes are the files `common-…`. */
function mend(profile: string, module: string, lines: readonly PamLine[]): string {
  const isShared = lines.every(({ file }) => /\/common-[a-z-]+$/.test(file));
  if (isShared) return `pam-auth-update --disable ${profile}`;
  const files = [...new Set(lines.map(({ file }) => file))];
  return `sed -i '/${module}\\.so/s/^/#/' ${files.map(shellPath).join(' ')}`;
}

/** A file that several others include is there once for each. */
function places(lines: readonly PamLine[]): string {
  return some([...new Set(lines.map(({ file, line, type }) => `${file}:${line} (${type})`))], PLACES_SHOWN);
}

export interface HomeFacts {
  readonly stack: PamStack;
  /** Who can log in and has no home. */
  readonly missing: readonly { readonly name: string; readonly home: string }[];
  /** How many were looked at. */
  readonly people: number;
  /** As sshd says it: without, no module of PAM's is asked. */
  readonly usesPam: boolean;
}

export function judgeHomes({ stack, missing, people, usesPam }: HomeFacts): Verdict {
  if (!usesPam) return notChecked('sshd does not use PAM, and that comes first');
  const [first] = missing;
  if (makesHomes(stack) || first === undefined) return found();
  const what = `${missing.length} of ${count(people, 'person', 'people')} who may log in without a home, such as ${first.name} ("${first.home}"), and no PAM module makes one at the login`;
  return found(finding('home-not-made', what, 'pam-auth-update --enable mkhomedir'));
}

export function makesHomes(stack: PamStack): boolean {
  return stack.kind === 'lines' && stack.lines.some(({ module, type }) => type === 'session' && MAKES_HOMES.has(module));
}
