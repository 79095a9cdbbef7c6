/**
 * What a hook is told of a commit, as one line of JSON on its stdin.
 */
import type { Manifest } from '../../caches/manifest.ts';
import type { MapPlan } from '../../policy/map-plan.ts';
import type { Plan } from '../../policy/plan.ts';
import type { SyncReport } from '../report.ts';

/** A generation that a run has committed. */
export interface Commit {
  readonly manifest: Manifest;
  readonly plan: Plan;
}

const FORMAT_VERSION = 1;
/** Of each list: the first sync of a large company has a hundred thousand. */
const NAMES_MAX = 100;
const TOLD_MAPS = ['passwd', 'group', 'shadow', 'keys'] as const;

/** Undefined for a run that has committed nothing. */
export function commitOf({ outcome }: SyncReport): Commit | undefined {
  if (outcome.kind === 'committed') return outcome;
  return outcome.kind === 'unchanged' ? undefined : outcome.reduced;
}

/** With its line end, and short enough for a pipe that nobody reads. */
export function formatCommitEvent({ outcome, servedBefore }: SyncReport, { manifest, plan }: Commit, root: string): string {
  const event = {
    version: FORMAT_VERSION,
    event: 'commit',
    time: manifest.createdAt,
    root,
    generation: manifest.generation,
    previousGeneration: servedBefore ?? null,
    why: manifest.why,
    outcome: outcome.kind,
    counts: manifest.counts,
    changes: Object.fromEntries(TOLD_MAPS.map((map) => [map, describeMap(plan[map])])),
  };
  return `${JSON.stringify(event)}\n`;
}

function describeMap({ added, removed, changed }: MapPlan<unknown>): object {
  return { added: describeNames(added), removed: describeNames(removed), changed: describeNames(changed) };
}

function describeNames(changes: MapPlan<unknown>['added']): object {
  const names = changes.slice(0, NAMES_MAX).map(({ key }) => key);
  return { count: changes.length, names, more: changes.length - names.length };
}
