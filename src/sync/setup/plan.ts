/**
 * What `holdfast setup` would change on this host, and what it leaves to a person: nothing here is written.
 */
import { join } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { readCacheLinks } from '../../host/cache-links.ts';
import { type FileState, isSameState, readFileState, type Replacement, stateAfter } from '../../host/file-state.ts';
import { readNameServiceSwitch } from '../../host/name-services.ts';
import { readReadableFile } from '../../host/readable-file.ts';
import type { HostContext } from '../context.ts';
import { wireNameServices } from './name-services.ts';
import { planHomes } from './homes.ts';
import type { PartPlan, Wanted } from './part-plan.ts';
import { planSshd } from './sshd.ts';
import { planUnits, type UnitChange } from './units.ts';

/** What one may leave out. */
export const PARTS = ['nsswitch', 'links', 'sshd', 'homes', 'timers'] as const;
export type Part = (typeof PARTS)[number];

/** One name that will lead to something else. */
export interface Change {
  readonly path: string;
  readonly before: FileState;
  /** Undefined for what is no text that anybody may see. */
  readonly shownBefore: string | undefined;
  readonly replacement: Replacement;
}

export interface SetupPlan {
  readonly changes: readonly Change[];
  readonly units: readonly UnitChange[];
  /** What it does not do, and what mends it. */
  readonly left: readonly string[];
}

export interface PlanOptions {
  readonly parts: ReadonlySet<Part>;
  /** Who else sshd asks for keys today is asked behind us. */
  readonly chains: boolean;
  readonly signal: AbortSignal;
}

const NOTHING: PartPlan = { wanted: [], left: [] };

/** @throws HoldfastError `configuration`, `cache-failed` */
export async function planSetup(context: HostContext, { parts, chains, signal }: PlanOptions): Promise<SetupPlan> {
  const plans = [
    parts.has('nsswitch') ? planNameServices(context) : NOTHING,
    parts.has('links') ? planLinks(context) : NOTHING,
    parts.has('homes') ? planHomes(context) : NOTHING,
    parts.has('sshd') ? planSshd(context, chains) : NOTHING,
  ];
  const units = parts.has('timers') ? await planUnits(context, signal) : { units: [], left: [] };
  const changes = plans.flatMap(({ wanted }) => wanted.map(changeOf));
  return {
    changes: changes.filter(({ before, replacement }) => !isSameState(before, stateAfter(replacement, before))),
    units: units.units,
    left: [...plans.flatMap(({ left }) => left), ...units.left],
  };
}

/** Only of texts that everybody may read anyway: a map that stands in the way of a link may have password hashes. */
function changeOf({ path, replacement }: Wanted): Change {
  const before = readFileState(path);
  return { path, before, replacement, shownBefore: replacement.kind === 'text' ? textOf(path, before) : undefined };
}

function textOf(path: string, before: FileState): string {
  if (before.kind === 'absent') return '';
  if (before.kind === 'link') throw isLink(path, before.target);
  const file = readReadableFile(path);
  if (file.kind === 'text') return file.text;
  throw new HoldfastError('configuration', `"${path}" cannot be read: ${file.kind === 'absent' ? 'it is gone' : file.reason}`);
}

/** Another program keeps it, and would write over what is put there (authselect(8)). */
function isLink(path: string, target: string): HoldfastError {
  return new HoldfastError(
    'configuration',
    `"${path}" is a link to "${target}": whatever made it keeps the file, and nothing is changed there`,
    {
      hints: ['change it with that program, then leave it out here: holdfast setup --skip …'],
    },
  );
}

function planNameServices({ paths }: HostContext): PartPlan {
  const { path, file } = readNameServiceSwitch(paths);
  if (file.kind === 'unreadable') throw new HoldfastError('configuration', `"${path}" cannot be read: ${file.reason}`);
  const text = textOf(path, readFileState(path));
  return { wanted: [{ path, replacement: { kind: 'text', text: wireNameServices(text) } }], left: [] };
}

/** A map of another program is replaced only once there is one of ours: until then people log in by it. */
function planLinks({ paths, config, store }: HostContext): PartPlan {
  const links = readCacheLinks(paths);
  const isServing = store.current().state === 'whole';
  const foreign = links.filter(({ found }) => found.kind === 'file');
  if (foreign.length > 0 && !isServing) {
    throw new HoldfastError(
      'configuration',
      `"${join(paths.etc, foreign[0]?.name ?? '')}" is another program's map, by which people log in, and there is none of holdfast's yet`,
      {
        hints: ['first: holdfast sync'],
      },
    );
  }
  const wrong = links.filter(({ name, found }) => found.kind !== 'link' || found.target !== `${config.state.dir}/current/${name}`);
  return {
    wanted: wrong.map(({ name }) => ({
      path: join(paths.etc, name),
      replacement: { kind: 'link', target: `${config.state.dir}/current/${name}` },
    })),
    left: [],
  };
}
