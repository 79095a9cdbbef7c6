/**
 * Gathers what NSS, sshd and PAM are told, and has it judged.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalAccount } from '../../host/local-accounts.ts';
import { readLocalAccount } from '../../host/local-accounts.ts';
import { HoldfastError } from '../../errors.ts';
import { readCacheLinks } from '../../host/cache-links.ts';
import { findMissingFolders } from '../../host/missing-folders.ts';
import { readNameServiceSwitch } from '../../host/name-services.ts';
import { type PamStack, readPamStack } from '../../host/pam-stack.ts';
import { runProgram } from '../../host/program.ts';
import { readSshdConfigFiles, type SshdConfigFiles } from '../../host/sshd-config-files.ts';
import { readSshdSettings, type SshdSettings } from '../../host/sshd-settings.ts';
import { judgeCacheLinks } from './cache-links.ts';
import { both, hasProblem, notChecked, type Verdict } from './finding.ts';
import type { DoctorHost } from './host.ts';
import { judgeNameLookup } from './name-lookup.ts';
import { judgeNameServices } from './nsswitch.ts';
import { judgeHomes, judgePam } from './pam.ts';
import { judgeEmergencySshd, judgeSshd } from './sshd.ts';

/** What several checks look at: read once. */
export interface Wiring {
  /** For somebody of the directory or, without one, for whoever is none. */
  readonly login: string;
  /** Of the login; undefined where nobody knows them. */
  readonly groups: readonly string[] | undefined;
  readonly settings: SshdSettings;
  readonly files: SshdConfigFiles;
  readonly stack: PamStack;
}

/** sshd judges a name that nobody has as well: what counts for everybody counts for it. */
const NOBODYS_LOGIN = 'holdfast-doctor';
const GETENT_PATIENCE = 5000;
/** Milliseconds for homes: one on a dead file server answers never. */
const HOMES_PATIENCE = 5000;
const HOMES_LOOKED_AT = 1000;
const DROP_IN = 'ssh/sshd_config.d/10-holdfast.conf';

export async function readWiring(host: DoctorHost): Promise<Wiring> {
  const login = host.logins[0] ?? NOBODYS_LOGIN;
  const [settings, groups] = await Promise.all([settingsFor(host, login), groupsOf(login, host)]);
  return { login, groups, settings, files: readSshdConfigFiles(host.paths), stack: readPamStack(host.paths) };
}

async function settingsFor({ isLive, invocation, signal }: DoctorHost, login: string): Promise<SshdSettings> {
  if (!isLive) return { kind: 'unknown', reason: 'below --root no program is run' };
  if (!invocation.isRoot) return { kind: 'unknown', reason: 'only root may run "sshd -T"' };
  return await readSshdSettings(login, signal);
}

export function checkNameServices({ paths }: DoctorHost): Verdict {
  return judgeNameServices(readNameServiceSwitch(paths));
}

export function checkCacheLinks({ paths, stateDirectory }: DoctorHost): Verdict {
  return judgeCacheLinks({ links: readCacheLinks(paths), etc: paths.etc, stateDirectory });
}

export async function checkNameLookup(host: DoctorHost): Promise<Verdict> {
  const { isLive, person, signal } = host;
  if (!isLive) return notChecked('below --root no program is run');
  if (person === undefined) return notChecked('nobody is known who should resolve');
  if (hasProblem(checkNameServices(host)) || hasProblem(checkCacheLinks(host))) return notChecked('nsswitch.conf and the links come first');
  const options = { timeout: GETENT_PATIENCE, signal };
  const [asWired, byCache] = await Promise.all([
    runProgram(['getent', 'passwd', person.name], options),
    runProgram(['getent', '-s', 'cache', 'passwd', person.name], options),
  ]);
  return judgeNameLookup({ person, asWired, byCache });
}

export function checkSshd({ paths }: DoctorHost, { login, groups, settings, files }: Wiring): Verdict {
  const accountOf = (name: string): LocalAccount | undefined => {
    try {
      return readLocalAccount(paths, name);
    } catch (error) {
      if (error instanceof HoldfastError) return undefined;
      throw error;
    }
  };
  const dropIn = join(paths.etc, DROP_IN);
  return judgeSshd({ login, groups, settings, files, accountOf, dropIn, isDropInThere: existsSync(dropIn) });
}

/** As NSS gives them, local ones too, the primary one first; undefined where it does not. */
async function groupsOf(login: string, { isLive, person, signal }: DoctorHost): Promise<readonly string[] | undefined> {
  if (!isLive || person === undefined) return undefined;
  const outcome = await runProgram(['id', '-Gn', '--', login], { timeout: GETENT_PATIENCE, signal });
  // A number that has no name is printed as it is, and makes the status 1.
  const names = outcome.kind === 'ended' ? outcome.stdout.toString().trim() : '';
  return names === '' ? undefined : names.split(' ');
}

export async function checkEmergencySshd(host: DoctorHost): Promise<Verdict> {
  const emergency = host.config?.emergency;
  const [user] = emergency?.users ?? [];
  if (emergency === undefined || user === undefined) return both();
  return judgeEmergencySshd({ user, file: emergency.file, settings: await settingsFor(host, user) });
}

export function checkPam(_host: DoctorHost, { stack }: Wiring): Verdict {
  return judgePam(stack);
}

export async function checkHomes({ view, paths, signal }: DoctorHost, { stack, settings }: Wiring): Promise<Verdict> {
  const people = (view?.passwd ?? []).filter(({ name }) => view?.keys.has(name)).slice(0, HOMES_LOOKED_AT);
  if (people.length === 0) return notChecked('nobody is known who may log in');
  const homes = people.map(({ home }) => join(paths.root, home));
  const missing = await findMissingFolders(homes, { timeout: HOMES_PATIENCE, signal });
  if (typeof missing === 'string') return notChecked(`homes: ${missing}`);
  const usesPam = settings.kind !== 'settings' || settings.values.get('usepam')?.[0] !== 'no';
  return judgeHomes({ stack, people: people.length, missing: people.filter((_one, index) => missing.has(homes[index] ?? '')), usesPam });
}
