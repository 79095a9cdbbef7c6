/**
 * Emergency keys as audit events: one for each user and fingerprint that got, lost or was refused a key, or for whom that is held.
 */
import type { EmergencyChange, EmergencyKey } from './emergency-keys.ts';

export interface EmergencyEvent {
  readonly event:
    | 'emergency-key-added'
    | 'emergency-key-changed'
    | 'emergency-key-removed'
    | 'emergency-key-held'
    | 'emergency-key-withheld';
  readonly login: string;
  readonly fingerprint: string;
  readonly keyType?: string;
  readonly comment?: string;
  readonly options?: string;
  /** The object. */
  readonly source: string;
  readonly objectVersion?: string;
  readonly code: string;
  readonly reason: string;
}

/** What a run has found. */
export interface EmergencyFindings {
  readonly users: readonly string[];
  readonly usersBefore: readonly string[];
  readonly keysBefore: readonly EmergencyKey[];
  readonly keys: readonly EmergencyKey[];
  readonly changes: readonly EmergencyChange[];
  readonly held: readonly HeldChange[];
  readonly withheld: readonly WithheldKey[];
}

export interface HeldChange extends EmergencyChange {
  /** Why: the rest of a sentence about the object. */
  readonly text: string;
}

export interface WithheldKey {
  readonly fingerprint: string;
  readonly object: string;
  readonly code: string;
  readonly reason: string;
}

const REASONS: Readonly<Record<EmergencyChange['change'], readonly [code: string, reason: string]>> = {
  added: ['new', 'the object has this key now'],
  changed: ['changed', 'the object has it with other options, or another comment'],
  removed: ['gone', 'the object has it no more'],
};

export function emergencyEvents(findings: EmergencyFindings): EmergencyEvent[] {
  const { users, usersBefore, changes, held, withheld } = findings;
  const gone = usersBefore.filter((login) => !users.includes(login));
  return [
    ...gone.flatMap((login) => findings.keysBefore.map((key) => lostUser(login, key))),
    ...users.flatMap((login) => [
      ...(usersBefore.includes(login)
        ? changes.map((change) => changed(login, change))
        : findings.keys.map((key) => newUser(login, key, changes))),
      ...held.map((change) => heldEvent(login, change)),
      ...withheld.map((key) => withheldEvent(login, key)),
    ]),
  ];
}

function changed(login: string, { change, key, reason, version }: EmergencyChange): EmergencyEvent {
  const [code, text] = REASONS[change];
  return { event: `emergency-key-${change}`, ...describe(login, key, version), code, reason: reason ?? text };
}

/** A key that has just come tells more than that the user has. */
function newUser(login: string, key: EmergencyKey, changes: readonly EmergencyChange[]): EmergencyEvent {
  const news = changes.find((one) => one.key === key && one.change === 'added');
  if (news !== undefined) return changed(login, news);
  const reason = key.object.startsWith('file:') ? 'it was in the file before the first run' : 'emergency.users names this user now';
  return { event: 'emergency-key-added', ...describe(login, key), code: 'allowed', reason };
}

function lostUser(login: string, key: EmergencyKey): EmergencyEvent {
  return { event: 'emergency-key-removed', ...describe(login, key), code: 'denied', reason: 'emergency.users names this user no more' };
}

function heldEvent(login: string, { change, key, text, version }: HeldChange): EmergencyEvent {
  const what = { added: 'it does not come', removed: 'it does not go', changed: 'it does not change' }[change];
  return { event: 'emergency-key-held', ...describe(login, key, version), code: `held-${change}`, reason: `${what} yet: ${text}` };
}

function withheldEvent(login: string, { fingerprint, object, code, reason }: WithheldKey): EmergencyEvent {
  return { event: 'emergency-key-withheld', login, fingerprint, source: object, code, reason };
}

function describe(login: string, key: EmergencyKey, version?: string): Omit<EmergencyEvent, 'event' | 'code' | 'reason'> {
  const { fingerprint, type: keyType, comment, options, object: source } = key;
  return {
    login,
    fingerprint,
    keyType,
    ...(comment === '' ? {} : { comment }),
    ...(options === '' ? {} : { options }),
    source,
    ...(version === undefined ? {} : { objectVersion: version }),
  };
}
