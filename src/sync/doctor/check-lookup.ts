/**
 * Runs the lookup command as sshd would, and looks at who could change it.
 */
import { join } from 'node:path';
import { readLocalAccount } from '../../host/local-accounts.ts';
import { CHAIN, isChain } from '../../host/sshd-drop-in.ts';
import { LOOKUP_COMMAND, lookupWords, runLookup } from '../../host/lookup-command.ts';
import { type PathOwners, readPathOwners } from '../../host/path-owners.ts';
import { configPath } from '../context.ts';
import { lookUpKeys } from '../lookup.ts';
import type { Wiring } from './check-wiring.ts';
import { both, hasProblem, notChecked, type Verdict } from './finding.ts';
import type { DoctorHost } from './host.ts';
import { judgeLookup, type LookupRun } from './lookup.ts';
import { judgeCommandPath, judgeConfigurationPath, judgePrivateState, judgeStatePath, type PathFacts } from './permissions.ts';
import { isOurLookup } from './sshd.ts';

const DEFAULT_USER = 'nobody';
/** Somebody who gets no keys, whatever the directory has. */
const STRANGER = 'holdfast-doctor';

/** Where sshd does not name it, the command as it is packaged. */
function commandOf({ settings }: Wiring): { readonly command: string; readonly user: string } {
  const command = settings.kind === 'settings' ? (settings.values.get('authorizedkeyscommand')?.[0] ?? '') : '';
  const user = settings.kind === 'settings' ? (settings.values.get('authorizedkeyscommanduser')?.[0] ?? '') : '';
  return isOurLookup(command)
    ? { command, user: user === 'none' || user === '' ? DEFAULT_USER : user }
    : { command: `${LOOKUP_COMMAND} %u`, user: DEFAULT_USER };
}

/** Of a chain in which somebody else wants what only a key has, our part. */
function testable(found: ReturnType<typeof commandOf>): ReturnType<typeof commandOf> {
  if (!isChain(found.command) || lookupWords(found.command, STRANGER) !== undefined) return found;
  const [before = ''] = found.command.split(CHAIN, 1);
  return { command: `${before}${LOOKUP_COMMAND} %u`, user: DEFAULT_USER };
}

export async function checkLookup(host: DoctorHost, wiring: Wiring): Promise<Verdict> {
  const { isLive, invocation, logins, paths, signal } = host;
  if (!isLive) return notChecked('below --root no program is run');
  if (!invocation.isRoot) return notChecked('only root may run it as another user');
  if (hasProblem(checkPaths(host, wiring))) return notChecked('permissions come first');
  const { command, user } = testable(commandOf(wiring));
  const account = readLocalAccount(paths, user);
  if (account === undefined) return notChecked(`"${user}", as whom sshd would run it, is no account of this host`);
  const runs: LookupRun[] = [];
  for (const login of [...logins, STRANGER]) {
    const words = lookupWords(command, login);
    if (words === undefined) return notChecked('AuthorizedKeysCommand wants what only a key has');
    const outcome = await runLookup(words, account, signal);
    if (outcome.kind === 'absent') return notChecked(`${words[0]}: there is no such program`);
    const committed = lookUpKeys(paths.stateDirectory, login);
    // Each of them would hang as long.
    const isLate = outcome.kind === 'late';
    runs.push({ login, command: words, user, outcome, committed, isExact: words.includes(LOOKUP_COMMAND) });
    if (isLate) break;
  }
  return both(judgeLookup(runs), logins.length === 0 ? notChecked('what it prints: no login has keys') : both());
}

/** The program that sshd runs and, where that is another, the lookup command. */
export function checkPaths(host: DoctorHost, wiring: Wiring): Verdict {
  const { paths, isLive } = host;
  const [program = LOOKUP_COMMAND] = commandOf(wiring).command.split(/\s+/, 1);
  const commands = [...new Set(isLive ? [program, LOOKUP_COMMAND] : [LOOKUP_COMMAND])];
  return both(
    ...commands.map((path) => judgeCommandPath(factsOf(host, join(paths.root, path)))),
    judgeStatePath(factsOf(host, join(paths.stateDirectory, 'generations'))),
    judgePrivateState(factsOf(host, paths.privateState)),
    judgeConfigurationPath(factsOf(host, configPath(host.invocation))),
  );
}

function factsOf({ invocation: { root } }: DoctorHost, path: string): PathFacts {
  const owners: PathOwners = readPathOwners(path, root);
  return { path, owners, owner: process.geteuid?.() ?? 0 };
}
