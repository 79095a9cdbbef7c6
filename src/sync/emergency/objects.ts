/**
 * Asks for each emergency object, and judges what came: taken over, held, or kept as it was.
 */
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { Aws } from '../../aws/aws.ts';
import { getObject } from '../../aws/s3-object.ts';
import { parseS3Location } from '../../directory/s3-location.ts';
import { HoldfastError } from '../../errors.ts';
import { changesBetween, type EmergencyChange, type EmergencyKey, fingerprintsOf, objectionTo } from '../../policy/emergency-keys.ts';
import type { EmergencyHeld, EmergencyObject } from '../../state/emergency-state.ts';
import type { EmergencyContext } from './context.ts';
import { dayOfKeys } from './day-of-keys.ts';
import { readObjectKeys } from './object-keys.ts';
import { keyLabel } from '../keys/key-label.ts';

/** A thousand RSA keys of 2048 bits. */
const MAX_BYTES = 512 * 1024;

export type ObjectAnswer =
  | { readonly kind: 'unchanged'; readonly object: string }
  | { readonly kind: 'text'; readonly object: string; readonly text: string; readonly etag?: string; readonly version?: string }
  | { readonly kind: 'failed'; readonly object: string; readonly failure: HoldfastError };

/** With one request, unless that fails. @param known its record, when it was read before */
export async function askForObject(aws: Aws, object: string, known: EmergencyObject | undefined): Promise<ObjectAnswer> {
  const location = parseS3Location(object);
  if (location === undefined) throw new Error(`the schema has let through "${object}"`);
  try {
    const answer = await getObject(aws, { ...location, maxBytes: MAX_BYTES, etag: known?.etag });
    if (answer === 'unchanged') return { kind: 'unchanged', object };
    const { bytes, etag, versionId: version } = answer;
    if (!isUtf8(bytes))
      throw new HoldfastError('data-refused', `${object}: it is no text in UTF-8; wanted: one public key a line`, {
        detail: 'emergency-object-refused',
      });
    return {
      kind: 'text',
      object,
      text: bytes.toString('utf8'),
      ...(etag === undefined ? {} : { etag }),
      ...(version === undefined ? {} : { version }),
    };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { kind: 'failed', object, failure: error };
  }
}

export interface Judged {
  readonly object: string;
  /** What serves from now on; undefined when it never had anything. */
  readonly record: EmergencyObject | undefined;
  readonly held?: EmergencyHeld;
  readonly failure?: HoldfastError;
  /** Its text is not the one of the last run. */
  readonly isNew: boolean;
  /** What does not change meanwhile, when it is held. */
  readonly heldChanges?: readonly EmergencyChange[];
  /** Of the text that came, as S3 counts them. */
  readonly version?: string | undefined;
}

interface Known {
  readonly record: EmergencyObject | undefined;
  readonly held: EmergencyHeld | undefined;
  readonly approve: boolean;
}

export function judgeAnswer(context: EmergencyContext, answer: ObjectAnswer, known: Known): Judged {
  const { object } = answer;
  const { record, held } = known;
  if (answer.kind === 'unchanged') return { object, record, isNew: false };
  if (answer.kind === 'failed') return { object, record, isNew: false, failure: answer.failure, ...(held === undefined ? {} : { held }) };
  const { keys } = readObjectKeys(object, answer.text, context.keys);
  const { max_keys: most } = context.emergency;
  if (keys.length > most) return { object, record, isNew: true, failure: tooMany(object, keys.length, most) };
  const { text, etag, version } = answer;
  const judged = judgeKeys(context, { object, before: record, keys }, known, (kept) => {
    return { object, text, ...kept, ...(etag === undefined ? {} : { etag }), ...(version === undefined ? {} : { version }) };
  });
  return { ...judged, version };
}

interface NewKeys {
  readonly object: string;
  readonly before: EmergencyObject | undefined;
  readonly keys: readonly EmergencyKey[];
}

/** @param take what to keep of it when nothing is held; undefined when nothing */
export function judgeKeys(
  { keys: policy, emergency, now }: EmergencyContext,
  { object, before: record, keys }: NewKeys,
  { held, approve }: Known,
  take: (kept: Pick<EmergencyObject, 'gone' | 'came'>) => EmergencyObject | undefined,
): Judged {
  const time = now();
  const earlier = record === undefined ? undefined : readObjectKeys(object, record.text, policy).keys;
  const before = earlier && fingerprintsOf(earlier);
  const after = fingerprintsOf(keys);
  const { came, gone, kept } = dayOfKeys({ record, before, after, now: time });
  const objection = objectionTo({ before, came, after, gone, maxPercent: emergency.max_removed_percent });
  if (objection === undefined) return { object, record: take(kept), isNew: true };
  const finding = describeHeld({ object, before: earlier ?? [], keys, text: objection });
  const isKnown = held?.digest === finding.digest;
  if (isKnown && approve) return { object, record: take({ gone: [] }), isNew: true };
  const heldChanges = isKnown ? [] : changesBetween(earlier ?? [], keys);
  return { object, record, isNew: true, held: { ...finding, since: isKnown ? held.since : time.toISOString() }, heldChanges };
}

interface Finding {
  readonly object: string;
  readonly before: readonly EmergencyKey[];
  readonly keys: readonly EmergencyKey[];
  readonly text: string;
}

/** An approval is for exactly these keys, those that come included. */
function describeHeld({ object, before, keys, text }: Finding): Omit<EmergencyHeld, 'since'> {
  const linesOf = (some: readonly EmergencyKey[]): string[] => [...new Set(some.map(({ line }) => line))].sort();
  const digest = createHash('sha256')
    .update(JSON.stringify([object, linesOf(before), linesOf(keys)]))
    .digest('hex');
  const changes = changesBetween(before, keys);
  const labels = (wanted: string): string[] => changes.filter(({ change }) => change === wanted).map(({ key }) => keyLabel(key));
  return { object, digest, text, removed: labels('removed'), added: labels('added') };
}

function tooMany(object: string, number: number, most: number): HoldfastError {
  return new HoldfastError('data-refused', `${object}: it has ${number} keys, more than emergency.max_keys = ${most}`, {
    detail: 'emergency-object-refused',
    hints: ['each of them opens this host: is it the right object? If so, raise max_keys'],
  });
}
