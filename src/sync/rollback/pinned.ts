/**
 * Whether this host is pinned to an older generation: from a rollback until its release nothing of the directory is committed.
 */
import type { Manifest } from '../../caches/manifest.ts';
import type { LoginName } from '../../directory/names.ts';
import type { Returns } from '../../policy/rollback/limited.ts';
import { clearPin, isDamaged, type Pin, type PinRecord, readPin, writePin } from '../../state/pin.ts';
import type { HostContext } from '../context.ts';
import { age, secondsSince } from '../phrases.ts';
import type { RunWarning } from '../run-warning.ts';

/** As `status` and the metrics see it, who hold no lock. */
export function pinInEffect(path: string, current: Manifest | string | undefined): Pin | undefined {
  const pin = readPin(path);
  if (pin === undefined || isDamaged(pin) || isReached(pin, current)) return pin;
  return pin.previous === undefined ? undefined : { version: 1, ...pin.previous };
}

/** Under the lock: what a killed rollback has left is put right. */
export function settlePin({ paths, store }: HostContext): Pin | undefined {
  const written = readPin(paths.pin);
  const pin = pinInEffect(paths.pin, store.currentManifest());
  if (pin === undefined && written !== undefined) clearPin(paths.pin);
  if (pin !== undefined && !isDamaged(pin) && written !== undefined && !isDamaged(written) && pin.generation !== written.generation)
    writePin(paths.pin, pin);
  return pin;
}

/** In doubt, yes. */
function isReached({ generation }: PinRecord, current: Manifest | string | undefined): boolean {
  return typeof current !== 'object' || current.generation >= generation;
}

/** What the rollback gave back goes on being given. */
export function returnsOf(pin: Pin): Returns {
  if (isDamaged(pin)) return { key: () => false, member: () => false };
  const keys = new Map(pin.keys.map(({ name, values }) => [name, new Set(values)]));
  const members = new Map(pin.members.map(({ name, values }) => [name, new Set(values)]));
  return {
    key: (login: LoginName, fingerprint) => keys.get(login)?.has(fingerprint) === true,
    member: (group, login) => members.get(group)?.has(login) === true,
  };
}

export function describePin(pin: Pin, now: Date): string {
  if (isDamaged(pin)) return 'pinned by a rollback whose record is damaged';
  return `pinned to generation ${pin.target} for ${age(secondsSince(pin.since, now))} (since ${pin.since})`;
}

export const PIN_HINT = 'what waits: holdfast diff; to let the directory count again: holdfast rollback --release, then holdfast sync';

export function pinWarnings(pin: Pin | undefined, now: Date): RunWarning[] {
  if (pin === undefined) return [];
  const text = `PINNED: this host is ${describePin(pin, now)}: nothing new of the directory is committed`;
  return [{ code: 'pinned', text, hint: PIN_HINT }];
}
