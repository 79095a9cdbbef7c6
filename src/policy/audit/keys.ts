/**
 * One login's keys before and after, as audit events: a key is the same with whatever comment and options.
 */
import { startOfBlob, wordAt, blobsOf } from '../../directory/key-blobs.ts';
import { type KeyLines, NO_KEYS, splitKeyLines } from '../../directory/key-lines.ts';
import type { AuditEvent, AuditReason, FieldChange } from './event.ts';
import type { AuditFacts, EntryFacts, PersonFacts } from './facts.ts';
import type { AuditReasons } from './reasons.ts';
import type { Change } from '../map-plan.ts';

export interface KeyParts {
  readonly options: string;
  readonly type: string;
  readonly blob: string;
  readonly comment: string;
}

/** Whose keys they are. */
export interface KeyHolder {
  readonly login: string;
  readonly uid: number | undefined;
  /** Undefined: the directory does not have them. */
  readonly person: PersonFacts | undefined;
  readonly entry: EntryFacts;
  /** They had keys before this run, and have some after it. */
  readonly isOngoing: boolean;
  readonly renamedTo: string | undefined;
}

export function* auditKeys(
  { before, after }: Change<KeyLines>,
  holder: KeyHolder,
  reasons: AuditReasons,
  facts: AuditFacts,
): Generator<AuditEvent> {
  const [old, now] = [byBlob(before ?? NO_KEYS), byBlob(after ?? NO_KEYS)];
  for (const [blob, key] of now) {
    const earlier = old.get(blob);
    if (earlier === undefined) yield gained(key, holder, reasons, facts);
    else if (earlier.options !== key.options || earlier.comment !== key.comment) yield changed(earlier, key, holder, facts);
  }
  for (const [blob, key] of old) if (!now.has(blob)) yield lost(key, holder, reasons, facts);
}

/** A canonical line, taken apart without judging it. */
export function splitKeyLine(line: string): KeyParts {
  const at = startOfBlob(line as KeyLines, 0);
  const blob = wordAt(line, at);
  const typeAt = line.lastIndexOf(' ', at - 2) + 1;
  return {
    options: line.slice(0, Math.max(0, typeAt - 1)),
    type: line.slice(typeAt, at - 1),
    blob,
    comment: line.slice(at + blob.length + 1),
  };
}

function byBlob(lines: KeyLines): Map<string, KeyParts> {
  const keys = new Map<string, KeyParts>();
  for (const line of splitKeyLines(lines)) {
    const key = splitKeyLine(line);
    const earlier = keys.get(key.blob);
    // One key in two lines with other options: sshd tries both.
    keys.set(key.blob, earlier === undefined ? key : { ...key, options: `${earlier.options} | ${key.options}` });
  }
  return keys;
}

function gained(key: KeyParts, holder: KeyHolder, reasons: AuditReasons, facts: AuditFacts): AuditEvent {
  const { login } = holder;
  const described = describe(key, holder, facts);
  const wasWithheld = facts.wasWithheld(login, described.fingerprint);
  // Of somebody who had keys already, the key is what is new; of a shared account, the person behind it may be.
  const isNewKey = holder.isOngoing && !wasWithheld && !reasons.isShared(login);
  const reason: AuditReason = isNewKey ? { code: 'new', text: 'the directory has this key now' } : reasons.allowed(login, described.owner);
  return { event: wasWithheld ? 'key-restored' : 'key-added', ...described, reason };
}

function changed(before: KeyParts, after: KeyParts, holder: KeyHolder, facts: AuditFacts): AuditEvent {
  const changes: Record<string, FieldChange> = {};
  if (before.options !== after.options) changes['options'] = [before.options, after.options];
  if (before.comment !== after.comment) changes['comment'] = [before.comment, after.comment];
  const reason: AuditReason = { code: 'changed', text: 'another comment, or other options or limits' };
  return { event: 'key-changed', ...describe(after, holder, facts), changes, reason };
}

function lost(key: KeyParts, holder: KeyHolder, reasons: AuditReasons, facts: AuditFacts): AuditEvent {
  const described = describe(key, holder, facts);
  const { login } = holder;
  const { owner, fingerprint } = described;
  const person = reasons.isShared(login) ? sharer(owner, facts) : holder.person;
  if (person === undefined || !hasBlob(person.keys, key.blob)) {
    return { event: 'key-removed', ...described, reason: goneReason(holder, person, reasons.isShared(login)) };
  }
  const reason = reasons.withheld(login, owner, fingerprint) ?? reasons.entryFinding(login) ?? reasons.withoutRule(login, owner);
  return { event: 'key-withheld', ...described, reason };
}

function sharer(owner: string | undefined, facts: AuditFacts): PersonFacts | undefined {
  return owner === undefined ? undefined : facts.person(owner, undefined);
}

function goneReason({ renamedTo }: KeyHolder, person: PersonFacts | undefined, isShared: boolean): AuditReason {
  if (renamedTo !== undefined) return { code: 'renamed', text: `is "${renamedTo}" from now on` };
  if (person !== undefined) return { code: 'gone', text: 'the directory has this key no more' };
  return { code: 'gone', text: isShared ? 'nobody behind the shared account has it any more' : 'the directory has this person no more' };
}

type DescribedKey = Omit<AuditEvent, 'event' | 'reason' | 'fingerprint'> & { readonly fingerprint: string };

function describe({ blob, type, comment, options }: KeyParts, { login, uid, entry }: KeyHolder, facts: AuditFacts): DescribedKey {
  const owner = facts.ownerOf(login, blob);
  const ownerEntry = entryOf(sharer(owner, facts));
  return {
    login,
    ...(uid === undefined ? {} : { uid }),
    fingerprint: facts.fingerprint(blob),
    keyType: type,
    ...(comment === '' ? {} : { comment }),
    ...(options === '' ? {} : { options }),
    ...(owner === undefined ? {} : { owner }),
    ...(ownerEntry ?? entry),
  };
}

function entryOf(person: PersonFacts | undefined): EntryFacts | undefined {
  if (person === undefined) return undefined;
  const { source, id } = person;
  return { ...(source === undefined ? {} : { source }), ...(id === undefined ? {} : { id }) };
}

function hasBlob(keys: KeyLines, blob: string): boolean {
  for (const own of blobsOf(keys)) if (own === blob) return true;
  return false;
}
