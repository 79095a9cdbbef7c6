/**
 * What NSS and sshd get for a login now, whatever the snapshots and the configuration say.
 */
import { dayOf } from '../directory/day.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import { type AuthorizedKey, parseAuthorizedKey } from '../directory/authorized-key.ts';
import { Invalid, quote } from '../directory/rejection.ts';
import { refuseByPam } from '../policy/guards/account-phase.ts';
import type { GuardName } from '../policy/guards/guards.ts';
import { type HeldRemovals, readHeldRemovals } from '../state/held-removals.ts';
import type { HostContext } from './context.ts';
import type { Baseline } from './baseline.ts';
import { lookUpKeys } from './lookup.ts';
import { secondsSince } from './phrases.ts';

export interface Served {
  /** Absent when nothing was ever committed, or the current generation is damaged. */
  readonly generation?: number;
  /** ISO 8601. */
  readonly committedAt?: string;
  readonly ageSeconds?: number;
  readonly fault?: string;
  readonly passwd?: PasswdEntry;
  /** Why PAM lets nobody in by the shadow entry, whatever key there is; absent when it does. */
  readonly pamRefusal?: string;
  /** What the lookup command prints. */
  readonly keys: readonly AuthorizedKey[];
}

/** Removals that a guard holds, and that this name is among. */
export interface HeldRemoval {
  /** ISO 8601. */
  readonly since: string;
  readonly ageSeconds: number;
  readonly text: string;
}

export function readServed({ paths, now }: HostContext, { generation, fault, view }: Baseline, login: string): Served {
  const keys = parseLines(lookUpKeys(paths.stateDirectory, login).toString('utf8'));
  if (fault !== undefined) return { fault, keys };
  if (generation === undefined) return { keys };
  const passwd = view().passwd.find(({ name }) => name === login);
  const pamRefusal = refuseByPam(view().shadow.find(({ name }) => name === login)?.aging ?? {}, dayOf(now().getTime()));
  const { number, manifest } = generation;
  const { createdAt } = manifest;
  return {
    generation: number,
    committedAt: createdAt,
    ageSeconds: secondsSince(createdAt, now()),
    keys,
    ...(passwd === undefined ? {} : { passwd }),
    ...(pamRefusal === undefined ? {} : { pamRefusal }),
  };
}

/** In a damaged cache there may be lines that are none: sshd would skip them, too. */
function parseLines(text: string): AuthorizedKey[] {
  const keys = text.split('\n').slice(0, -1).map(parseAuthorizedKey);
  return keys.filter((key): key is AuthorizedKey => !(key instanceof Invalid));
}

/** Those whose names are no people's. */
const NOT_OF_PEOPLE: ReadonlySet<string> = new Set<GuardName>([
  'group-removals',
  'always-group-empty',
  'always-group-replaced',
  'deny-group-vanished',
  'group-source-changed',
  'source-empty',
]);

export function isOfPeople(guard: string): boolean {
  return !NOT_OF_PEOPLE.has(guard);
}

export function findHeldRemoval(context: HostContext, login: string): HeldRemoval | undefined {
  return findHeld(context, ({ guard, names }) => isOfPeople(guard) && names.includes(login));
}

/** Of the group itself, or of members of it. */
export function findHeldOfGroup(context: HostContext, group: string): HeldRemoval | undefined {
  // Of who leaves a group, the record has the names and a sentence that names the group.
  const ofGroup = `group ${quote(group)}`;
  return findHeld(context, ({ guard, names, text }) => (guard === 'group-removals' && names.includes(group)) || text.includes(ofGroup));
}

/** The members of a group whose own removal is held. */
export function findHeldMembers({ paths }: HostContext, members: ReadonlySet<string>): string[] {
  const findings = readHeldRemovals(paths.heldRemovals)?.findings.filter(({ guard }) => isOfPeople(guard)) ?? [];
  return [...new Set(findings.flatMap(({ names }) => names))].filter((name) => members.has(name)).sort();
}

function findHeld({ paths, now }: HostContext, isMeant: (finding: HeldRemovals['findings'][number]) => boolean): HeldRemoval | undefined {
  const held = readHeldRemovals(paths.heldRemovals);
  const findings = held?.findings.filter(isMeant) ?? [];
  if (held === undefined || findings.length === 0) return undefined;
  return { since: held.since, ageSeconds: secondsSince(held.since, now()), text: findings.map(({ text }) => text).join('; ') };
}
