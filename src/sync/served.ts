/**
 * What NSS and sshd get for a login now, whatever the snapshots and the configuration say.
 */
import type { PasswdEntry } from '../directory/passwd.ts';
import { type AuthorizedKey, parseAuthorizedKey } from '../directory/authorized-key.ts';
import { Invalid } from '../directory/rejection.ts';
import { readHeldRemovals } from '../state/held-removals.ts';
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
  const { number, manifest } = generation;
  const { createdAt } = manifest;
  return {
    generation: number,
    committedAt: createdAt,
    ageSeconds: secondsSince(createdAt, now()),
    keys,
    ...(passwd === undefined ? {} : { passwd }),
  };
}

/** In a damaged cache there may be lines that are none: sshd would skip them, too. */
function parseLines(text: string): AuthorizedKey[] {
  const keys = text.split('\n').slice(0, -1).map(parseAuthorizedKey);
  return keys.filter((key): key is AuthorizedKey => !(key instanceof Invalid));
}

export function findHeldRemoval({ paths, now }: HostContext, name: string): HeldRemoval | undefined {
  const held = readHeldRemovals(paths.heldRemovals);
  const findings = held?.findings.filter(({ names }) => names.includes(name)) ?? [];
  if (held === undefined || findings.length === 0) return undefined;
  return { since: held.since, ageSeconds: secondsSince(held.since, now()), text: findings.map(({ text }) => text).join('; ') };
}
