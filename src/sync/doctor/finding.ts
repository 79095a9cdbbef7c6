/**
 * What `doctor` finds: each kind with a code that stays, how bad it is, and why it matters. What was found and what mends it is said by who finds it.
 */
export type Severity = 'problem' | 'warning';

interface Kind {
  readonly severity: Severity;
  readonly why: string;
}

const problem = (why: string): Kind => ({ severity: 'problem', why });
const warning = (why: string): Kind => ({ severity: 'warning', why });

const NOBODY_RESOLVES = 'people of the directory are unknown to this host, so that none of them gets in';
const NO_KEYS = 'sshd gets no keys of the directory: nobody gets in by them';
const HANGS = 'when the directory is down, logins wait for it or fail, and holdfast is there so that they do not';
const NO_REFRESH = 'who joins gets no access, and who leaves keeps it';
const OTHERS_DECIDE = 'whoever may write there decides who gets in';

const KINDS = {
  'configuration-wrong': problem('no run can start, or a source of it cannot be asked: what serves stays as it is'),
  'configuration-odd': warning('it is allowed, and hardly meant'),
  'configuration-unsafe': problem(OTHERS_DECIDE),

  'caches-none': problem(NOBODY_RESOLVES),
  'caches-damaged': problem('NSS and sshd read wrong or missing entries; a torn index can crash a program that looks somebody up'),
  'caches-nobody': problem('nobody of the directory gets in'),
  pinned: problem('nobody new gets access, since nothing of the directory is committed but what it takes away'),
  'removals-held': problem('what is held waits for a person: who should have lost access, by the directory, still has it'),
  'held-record-damaged': problem('nobody knows whose removals were held'),
  'run-failed': problem(NO_REFRESH),
  'run-warning': warning('the last run found something that should be seen to'),
  'audit-incomplete': problem('who got and lost access is not written down'),
  'source-stale': problem(NO_REFRESH),
  'access-nowhere': problem('a rule that leads nowhere lets nobody in, or keeps nobody out'),
  'access-groups-unread': problem('who gets in here goes by what was last known'),
  'uid-ledger-missing': problem('somebody new may get the number, and so the files, of somebody who has left'),
  'uid-waits': problem('somebody of the directory does not exist here until a person decides'),
  emergency: problem('the way in for the day on which all else fails may be closed, or open to the wrong people'),
  quarantined: warning('entries and keys that were refused: those people or keys do not count here'),

  'nsswitch-unreadable': problem(NOBODY_RESOLVES),
  'nsswitch-no-cache': problem(NOBODY_RESOLVES),
  'nsswitch-no-files': problem("the host's own accounts, root among them, are not looked up in /etc"),
  'nsswitch-cache-first': problem("the host's own accounts, root among them, depend on the caches"),
  'nsswitch-cache-cut-off': problem(NOBODY_RESOLVES),
  'nsswitch-directory-first': problem(HANGS),
  'nsswitch-directory-after': warning('names that nobody has, and group memberships, are asked of the directory: slow when it is down'),
  'cache-link-missing': problem('libnss-cache opens these names and no others: without a map nobody resolves, without an index it is slow'),
  'cache-link-elsewhere': problem('libnss-cache reads other files than those that holdfast commits'),
  'cache-link-file': problem('libnss-cache reads a file that holdfast never changes: who leaves stays'),
  'nss-silent': problem(NOBODY_RESOLVES),
  'nss-differs': problem("somebody's files and processes belong to another number than the directory says"),
  'nss-hangs': problem('each login and each "ls -l" waits as long'),

  'sshd-refuses-configuration': problem('sshd goes on as it is, and does not start again after a restart or a reboot'),
  'sshd-no-lookup': problem(NO_KEYS),
  'sshd-slot-taken': problem(NO_KEYS),
  'sshd-drop-in-unread': problem(NO_KEYS),
  'sshd-drop-in': problem('what the configuration says of keys is not in effect'),
  'sshd-lookup-user': problem('sshd does not run the lookup command: nobody gets in by keys of the directory'),
  'sshd-lookup-root': warning('the lookup command needs no rights, and should have none'),
  'sshd-no-public-keys': problem('nobody gets in by a key, whatever the directory says'),
  'sshd-keeps-out': problem('sshd refuses before any key is asked for, and says only "Permission denied"'),
  'sshd-no-pam': problem(
    'no PAM module sees a login by key: none that makes a home, goes by the end of an account, or knows rules of this host',
  ),
  'sshd-emergency': problem('emergency users do not get in by their keys on the day on which they are needed'),
  'pam-asks-directory': problem(HANGS),
  'pam-asks-passwords': warning('passwords, sudo among them, wait for the directory when it is down; a login by key does not ask'),
  'home-not-made': warning('whoever has no home lands in "/", and programs that write there fail'),

  'lookup-missing': problem(NO_KEYS),
  'lookup-unsafe': problem('sshd refuses to run it, and whoever may write there decides who gets in'),
  'lookup-closed': problem('sshd runs it as another user than root, who cannot'),
  'lookup-fails': problem('sshd throws keys away when the command does not end well'),
  'lookup-differs': problem('sshd gets other keys than were committed'),
  'state-unsafe': problem(OTHERS_DECIDE),
  'state-closed': problem('NSS reads the caches as whoever asks, and sshd as nobody: they cannot'),
  'state-open': problem('snapshots of whole directories, password hashes among them, can be read by others'),

  'timer-missing': problem(NO_REFRESH),
  'timer-disabled': problem(`it does not run after a reboot: ${NO_REFRESH}`),
  'timer-stopped': problem(NO_REFRESH),
  'service-failed': problem(NO_REFRESH),
  'units-changed': warning('systemd goes by units as they were before they were changed on the disk'),

  'disk-too-full': problem('a run cannot commit: what serves stays as it is'),
  'disk-low': warning('before long a run cannot commit'),
  'account-collision': problem('a local account wins and shadows somebody of the directory, or shares a number and so files'),
  'shell-missing': problem('sshd refuses who has a shell that is not there'),

  'certificate-expired': problem('the directory refuses this host: what serves stays as it is'),
  'certificate-expires': warning('from then on the directory refuses this host'),
  'source-unreachable': problem(NO_REFRESH),
  'server-unreachable': warning('the source has another server that answers; when that one fails, too, nothing is left'),
  'clock-wrong': problem('certificates, and ends of accounts and keys, are judged by a wrong time'),
  'clock-off': warning('ends of accounts and keys come too early or too late'),
} as const satisfies Readonly<Record<string, Kind>>;

export type FindingCode = keyof typeof KINDS;

export function whyOf(code: FindingCode): string {
  return KINDS[code].why;
}

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What was found, with its place. */
  readonly what: string;
  readonly why: string;
  /** The command that mends it; where there is none, what to do. */
  readonly fix: string;
}

/** @param fix for a shell, as far as there is a command for it */
export function finding(code: FindingCode, what: string, fix: string): Finding {
  return { code, ...KINDS[code], what, fix };
}

/** What one check says. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** Why something could not be looked at. */
  readonly notChecked: readonly string[];
}

export function found(...findings: readonly Finding[]): Verdict {
  return { findings, notChecked: [] };
}

export function notChecked(...reasons: readonly string[]): Verdict {
  return { findings: [], notChecked: reasons };
}

/** Then what depends on it would be told twice. */
export function hasProblem({ findings }: Verdict): boolean {
  return findings.some(({ severity }) => severity === 'problem');
}

export function both(...verdicts: readonly Verdict[]): Verdict {
  return {
    findings: verdicts.flatMap(({ findings }) => findings),
    notChecked: verdicts.flatMap((verdict) => verdict.notChecked),
  };
}
