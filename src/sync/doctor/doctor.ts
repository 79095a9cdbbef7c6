/**
 * Looks at everything between the directory and a login, in the order in which a login meets it, and says what is wrong, why it matters and what mends it.
 *
 * Nothing is changed. What could not be looked at is said, and is never taken for good. Everything ends in time: programs and servers have seconds.
 */
import { HoldfastError, errnoOf, messageOf } from '../../errors.ts';
import type { Invocation } from '../context.ts';
import { readStatus, type Status, type StatusCheck } from '../status/status.ts';
import { judgeCertificates } from './certificates.ts';
import { checkCollisions, checkDisk, checkGeneration, checkShells, checkUnits } from './check-host.ts';
import { checkLookup, checkPaths } from './check-lookup.ts';
import {
  checkCacheLinks,
  checkEmergencySshd,
  checkHomes,
  checkNameLookup,
  checkNameServices,
  checkPam,
  checkSshd,
  readWiring,
  type Wiring,
} from './check-wiring.ts';
import { both, type Finding, notChecked, type Verdict } from './finding.ts';
import { type DoctorHost, type DoctorOptions, openDoctorHost } from './host.ts';
import { probeSources, readCertificates } from './probe-sources.ts';
import { checkConfiguration } from './read-configuration.ts';
import { judgeClock, judgeSources, type SourceProbe } from './sources.ts';
import { judgeQuarantine, judgeStatus } from './standing.ts';

export interface CheckReport extends Verdict {
  readonly name: string;
  /** What is so where nothing was found. */
  readonly title: string;
}

export interface DoctorReport {
  readonly checks: readonly CheckReport[];
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** What the checks share. */
interface Facts {
  readonly host: DoctorHost;
  readonly wiring: Wiring;
  /** A text says why it cannot be read. */
  readonly status: Status | string;
  readonly probes: readonly SourceProbe[];
}

interface Check {
  readonly name: string;
  readonly title: string;
  readonly run: (facts: Facts) => Verdict | Promise<Verdict>;
}

const NEEDS_CONFIGURATION: ReadonlySet<StatusCheck> = new Set(['age', 'access', 'hostAccess', 'sshdDropIn']);
const NO_RUN = 'no run is recorded';
const UNUSABLE = 'the configuration cannot be used';

const CHECKS: readonly Check[] = [
  {
    name: 'configuration',
    title: 'the configuration is right, and so are the files that it names',
    run: async ({ host }) => await checkConfiguration(host),
  },
  {
    name: 'caches',
    title: 'every file of the generation that serves is as it was committed, and NSS finds everybody in it',
    run: ({ host }) => checkGeneration(host),
  },
  {
    name: 'nsswitch',
    title: 'nsswitch.conf asks the local files, then the caches, and no directory',
    run: ({ host }) => checkNameServices(host),
  },
  { name: 'links', title: 'the eight names that libnss-cache opens lead to what serves', run: ({ host }) => checkCacheLinks(host) },
  { name: 'names', title: 'somebody of the directory resolves on this host', run: async ({ host }) => await checkNameLookup(host) },
  { name: 'sshd', title: 'sshd asks the lookup command for keys, with PAM', run: ({ host, wiring }) => checkSshd(host, wiring) },
  { name: 'sshd-drop-in', title: "sshd's drop-in is what the configuration wants", run: ofStatus('sshdDropIn') },
  {
    name: 'lookup',
    title: 'the lookup command, run as its user, prints what was committed',
    run: async ({ host, wiring }) => await checkLookup(host, wiring),
  },
  {
    name: 'permissions',
    title: 'nobody but root can change lookup command, caches and configuration',
    run: ({ host, wiring }) => checkPaths(host, wiring),
  },
  { name: 'pam', title: 'PAM asks no directory', run: ({ host, wiring }) => checkPam(host, wiring) },
  {
    name: 'homes',
    title: 'whoever may log in has a home, or gets one at the login',
    run: async ({ host, wiring }) => await checkHomes(host, wiring),
  },
  { name: 'shells', title: 'every shell of those who may log in is there', run: ({ host }) => checkShells(host) },
  { name: 'accounts', title: "no local account has a directory's name or number", run: ({ host }) => checkCollisions(host) },
  { name: 'pin', title: 'no rollback is in force', run: ofStatus('pin') },
  { name: 'held', title: 'no removals are held', run: ofStatus('held', 'heldRecord') },
  { name: 'access', title: 'every rule of access leads somewhere', run: ofStatus('access', 'hostAccess') },
  { name: 'uids', title: 'nobody waits for a decision about a uid', run: ofStatus('ledger', 'contested') },
  {
    name: 'quarantine',
    title: 'nothing is quarantined',
    run: checkQuarantine,
  },
  { name: 'last-run', title: 'the last run went well', run: ofStatus('lastRun', 'warnings', 'audit') },
  { name: 'age', title: 'every source has given everything as lately as staleness wants', run: ofStatus('age') },
  { name: 'timer', title: 'systemd runs the timer', run: async ({ host }) => await checkUnits(host) },
  {
    name: 'sources',
    title: 'every server of every source answers',
    run: ({ host, probes }) => (host.config === undefined ? notChecked(UNUSABLE) : judgeSources(probes)),
  },
  { name: 'certificates', title: 'no certificate ends within three weeks', run: checkCertificates },
  { name: 'clock', title: "this host's clock is that of its directory", run: ({ host, probes }) => judgeClock(probes, host.offline) },
  { name: 'disk', title: 'the next generation has room', run: ({ host }) => checkDisk(host) },
  { name: 'emergency', title: 'emergency access is as configured', run: checkEmergency },
];

export async function examine(invocation: Invocation, options: DoctorOptions): Promise<DoctorReport> {
  const host = openDoctorHost(invocation, options);
  const [wiring, probes] = await Promise.all([readWiring(host), probeSources(host)]);
  const facts: Facts = { host, wiring, probes, status: statusOf(host) };
  const wanted = CHECKS.filter(({ name }) => name !== 'emergency' || host.config?.emergency !== undefined);
  const checks = await Promise.all(wanted.map(async ({ name, title, run }) => ({ name, title, ...(await attempt(run, facts)) })));
  options.signal.throwIfAborted();
  const findings = checks.flatMap((check) => check.findings);
  return {
    checks,
    problems: findings.filter(({ severity }) => severity === 'problem'),
    warnings: findings.filter(({ severity }) => severity === 'warning'),
  };
}

/** What one check cannot read keeps no other from looking. */
async function attempt(run: Check['run'], facts: Facts): Promise<Verdict> {
  try {
    return await run(facts);
  } catch (error) {
    if (error instanceof HoldfastError || errnoOf(error) !== undefined) return notChecked(messageOf(error));
    throw error;
  }
}

function statusOf({ status, readsAll }: DoctorHost): Status | string {
  if (!readsAll) return 'only root may read the records of runs';
  try {
    return readStatus(status);
  } catch (error) {
    if (error instanceof HoldfastError) return error.message;
    throw error;
  }
}

/** Of a status that lacks what a check goes by, silence says nothing. */
function ofStatus(...names: readonly StatusCheck[]): Check['run'] {
  return ({ status, host }) => {
    if (typeof status === 'string') return notChecked(status);
    if (host.config === undefined && names.some((name) => NEEDS_CONFIGURATION.has(name))) return notChecked(UNUSABLE);
    const verdict = both(...names.map((name) => judgeStatus(status.checks, name)));
    return names.includes('lastRun') && status.lastRun === undefined ? both(verdict, notChecked(NO_RUN)) : verdict;
  };
}

function checkQuarantine({ status }: Facts): Verdict {
  if (typeof status === 'string') return notChecked(status);
  return status.lastRun === undefined ? notChecked(NO_RUN) : judgeQuarantine(status.lastRun);
}

function checkCertificates({ host }: Facts): Verdict {
  const { config } = host;
  return config === undefined ? notChecked(UNUSABLE) : judgeCertificates(readCertificates({ ...host, config }), host.now());
}

async function checkEmergency(facts: Facts): Promise<Verdict> {
  return both(await ofStatus('emergency')(facts), await checkEmergencySshd(facts.host));
}
