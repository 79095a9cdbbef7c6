/**
 * Whether a host that was wired a moment ago works: what `doctor` looks at, what sshd itself says, and that everybody who got in before still does.
 */
import { globSync } from 'node:fs';
import { readLocalAccount } from '../../host/local-accounts.ts';
import { readLoginAccounts } from '../../host/login-accounts.ts';
import { LOOKUP_COMMAND, runLookup } from '../../host/lookup-command.ts';
import { runProgram } from '../../host/program.ts';
import { faultOf, testSshdConfig } from '../../host/sshd-reload.ts';
import { readSshdSettings } from '../../host/sshd-settings.ts';
import type { HostContext, Invocation } from '../context.ts';
import { checkLookup, checkPaths } from '../doctor/check-lookup.ts';
import { checkCacheLinks, checkEmergencySshd, checkNameLookup, checkNameServices, checkSshd, readWiring } from '../doctor/check-wiring.ts';
import { both, type FindingCode, type Verdict } from '../doctor/finding.ts';
import { type DoctorHost, openDoctorHost } from '../doctor/host.ts';
import { judgeLookup } from '../doctor/lookup.ts';
import { lookUpKeys } from '../lookup.ts';
import type { StatusHost } from '../status/host.ts';
import { checkSshdWiring } from '../sshd-wiring.ts';
import type { Part } from './plan.ts';

/** What sshd says, by login: of accounts that got in before holdfast came, and still have to. */
export type LoginSettings = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** What the drop-in says, and nothing else, may be otherwise afterwards. */
const OURS: ReadonlySet<string> = new Set(['authorizedkeyscommand', 'authorizedkeyscommanduser', 'usepam']);
/** What no setup can mend is told, and undoes nothing. */
const NOT_OURS: ReadonlySet<FindingCode> = new Set([
  'sshd-keeps-out',
  'sshd-no-public-keys',
  'sshd-no-pam',
  'state-open',
  'state-closed',
  'state-unsafe',
  'configuration-unsafe',
]);
const PATIENCE = 10_000;
const ACCOUNTS_TRIED = 3;
const STRANGER = 'holdfast-setup';

/** root and a few others, as sshd treats them now; none where no program may be run. */
export async function readLoginSettings(
  { paths, config }: Pick<StatusHost, 'paths' | 'config'>,
  signal: AbortSignal,
): Promise<LoginSettings> {
  if (paths.root !== '/') return new Map();
  // Those for an emergency are treated otherwise on purpose.
  const others = new Set<string>(config?.emergency?.users);
  const accounts = readLoginAccounts(paths)
    .filter((name) => !others.has(name))
    .slice(0, ACCOUNTS_TRIED);
  const found = new Map<string, ReadonlyMap<string, readonly string[]>>();
  for (const login of accounts) {
    const settings = await readSshdSettings(login, signal);
    if (settings.kind === 'settings') found.set(login, settings.values);
  }
  return found;
}

/** What is wrong, each a sentence with what mends it; all that was found. */
export async function verifySetup(
  {
    context,
    invocation,
    parts,
    before,
  }: { readonly context: HostContext; readonly invocation: Invocation; readonly parts: ReadonlySet<Part>; readonly before: LoginSettings },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const host = openDoctorHost(invocation, { offline: true, signal });
  const faults = [...(await verifyLogins(context, before, signal)), ...(host.isLive && parts.has('nsswitch') ? findLibrary() : [])];
  const { findings } = both(
    parts.has('nsswitch') ? checkNameServices(host) : both(),
    parts.has('links') ? checkCacheLinks(host) : both(),
    parts.has('nsswitch') && parts.has('links') ? await checkNameLookup(host) : both(),
    parts.has('sshd') ? await verifySshd(host) : both(),
  );
  const wiring = parts.has('sshd') ? checkSshdWiring(context.config, context.paths).map(({ text }) => text) : [];
  const found = findings.filter(({ severity, code }) => severity === 'problem' && !NOT_OURS.has(code));
  return [...faults, ...wiring, ...found.map(({ what, fix }) => `${what} (${fix})`)];
}

async function verifySshd(host: DoctorHost): Promise<Verdict> {
  const wiring = await readWiring(host);
  return both(
    checkSshd(host, wiring),
    await checkEmergencySshd(host),
    ...(host.isLive ? [checkPaths(host, wiring), await checkLookup(host, wiring), await lookUpAsNobody(host)] : []),
  );
}

/** The lookup command by itself, whoever else is asked behind it. */
async function lookUpAsNobody({ paths, logins, stateDirectory, signal }: DoctorHost): Promise<Verdict> {
  const nobody = readLocalAccount(paths, 'nobody');
  if (nobody === undefined) return both();
  const [login = STRANGER] = logins;
  const command = ['/usr/bin/env', `HOLDFAST_STATE_DIR=${stateDirectory}`, LOOKUP_COMMAND, login];
  const outcome = await runLookup(command, nobody, signal);
  return judgeLookup([{ login, command, user: 'nobody', outcome, committed: lookUpKeys(paths.stateDirectory, login), isExact: true }]);
}

/** Whatever was changed, in either direction: sshd takes it, root is root, and nobody is treated otherwise. */
export async function verifyLogins({ paths }: Pick<HostContext, 'paths'>, before: LoginSettings, signal: AbortSignal): Promise<string[]> {
  if (paths.root !== '/') return [];
  const refusal = await testSshdConfig(signal);
  if (refusal !== undefined) return [refusal];
  const root = await runProgram(['getent', 'passwd', 'root'], { timeout: PATIENCE, signal });
  const fault = faultOf('getent passwd root', root);
  if (fault !== undefined) return [fault];
  const isRoot = root.kind === 'ended' && root.stdout.toString().split(':')[2] === '0';
  const differences = await Promise.all([...before].map(async ([login, settings]) => await differenceFor(login, settings, signal)));
  return [...(isRoot ? [] : ['"getent passwd root" does not say uid 0']), ...differences.flat()];
}

async function differenceFor(login: string, before: ReadonlyMap<string, readonly string[]>, signal: AbortSignal): Promise<string[]> {
  const after = await readSshdSettings(login, signal);
  if (after.kind !== 'settings') return [`sshd says nothing of "${login}" any more: ${after.kind === 'refused' ? after.text : after.kind}`];
  const changed = otherSettings(before, after.values);
  return changed.length === 0 ? [] : [`sshd would treat "${login}" otherwise than before: ${changed.join(', ')}`];
}

/** Keywords that say something else, and are not ours to change. */
export function otherSettings(before: ReadonlyMap<string, readonly string[]>, after: ReadonlyMap<string, readonly string[]>): string[] {
  const keywords = [...new Set([...before.keys(), ...after.keys()])].filter((keyword) => !OURS.has(keyword));
  return keywords.filter((keyword) => before.get(keyword)?.join('\n') !== after.get(keyword)?.join('\n'));
}

function findLibrary(): string[] {
  const found = globSync('/{usr/lib,usr/lib64,lib,lib64}{,/*-linux-*}/libnss_cache.so.2');
  return found.length > 0 ? [] : ['the NSS service "cache" is not installed (apt-get install libnss-cache)'];
}
