/**
 * `holdfast emergency`: brings the keys of the emergency users from S3 into the file that sshd reads.
 *
 * Independent of the directory: its own lock, its own state, no source. Whatever fails, the last good keys go on serving; each
 * object stands for itself.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError, messageOf } from '../../errors.ts';
import { acquireLock } from '../../host/lock.ts';
import { changesBetween, type EmergencyChange, type EmergencyKey, mergeKeys } from '../../policy/emergency-keys.ts';
import {
  type EmergencyHeld,
  type EmergencyObject,
  type EmergencyState,
  readEmergencyState,
  writeEmergencyState,
} from '../../state/emergency-state.ts';
import { removeStateLitter } from '../../state/state-file.ts';
import { makeOpenFolder } from '../context.ts';
import type { AuditReport } from '../audit/report.ts';
import { appendLines, auditLines, heldChanges, newlyWithheld, withheldKeys } from './audit.ts';
import type { EmergencyContext } from './context.ts';
import { type EmergencyFile, faultOfFile, inspectFile, isWritten, renderFile, sumOfText, writeKeys } from './file.ts';
import { keyOfLine, type ObjectKeys, readObjectKeys } from './object-keys.ts';
import { askForObject, type Judged, judgeAnswer, judgeKeys } from './objects.ts';
import { recordEmergencyRun } from './record.ts';
import type { EmergencyReport } from './report.ts';
import { openAws } from '../sources/open-aws.ts';

export interface EmergencyOptions {
  readonly approveRemovals: boolean;
  readonly signal: AbortSignal;
  /** For the journal: what has changed, once sshd has it and before it is written down that it was said; so each is said at least once. */
  readonly audit: (changes: readonly EmergencyChange[]) => void;
}

/** Instead of `s3:`, for keys that were in the file before the first run. */
const FOUND = 'file:';
/** Milliseconds: a run takes no longer, unless S3 hangs. */
const LOCK_PATIENCE = 10_000;

/** @throws HoldfastError `lock-held`, `cache-failed`, `configuration` for a file of somebody else's; the signal's reason */
export async function emergency(context: EmergencyContext, options: EmergencyOptions): Promise<EmergencyReport> {
  prepareFolder(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  removeStateLitter(context.paths.folder);
  return await recordEmergencyRun(context, async () => {
    const file = inspectFile(context);
    const known = readEmergencyState(context.paths.state) ?? beginState(context, file);
    const objects = await judgeAll(context, known, options);
    const settled = settle(context, known, objects, options);
    return await serve(context, { file, known, objects, ...settled }, options);
  });
}

async function judgeAll(context: EmergencyContext, known: EmergencyState, options: EmergencyOptions): Promise<Judged[]> {
  using aws = openAws(context.config, options.signal);
  const recordOf = (object: string): EmergencyObject | undefined => known.objects.find((record) => record.object === object);
  const answers = await Promise.all(context.emergency.objects.map(async (object) => await askForObject(aws, object, recordOf(object))));
  options.signal.throwIfAborted();
  return answers.map((answer) =>
    judgeAnswer(context, answer, {
      record: recordOf(answer.object),
      held: heldOf(known, answer.object),
      approve: options.approveRemovals,
    }),
  );
}

/** What was there before the first run, or before the state was lost, counts like an object: its keys do not just vanish. */
function beginState({ emergency: { file: path }, keys: policy }: EmergencyContext, file: EmergencyFile): EmergencyState {
  const empty = { objects: [], held: [], keys: [] };
  if (file.kind !== 'file') return empty;
  const object = `${FOUND}${path}`;
  const { keys, refused } = readObjectKeys(object, file.text, policy);
  if (keys.length === 0 && refused.length > 0) throw notOfKeys(path);
  if (keys.length === 0) return empty;
  return { ...empty, objects: [{ object, text: file.text, gone: [] }], keys: keys.map(({ line }) => ({ object, line })) };
}

/** What serves from now on, and what does not yet. */
interface Settled {
  readonly records: readonly EmergencyObject[];
  readonly held: readonly EmergencyHeld[];
}

/** Objects that are no longer configured serve until all of the others have been read once. */
function settle(
  context: EmergencyContext,
  known: EmergencyState,
  objects: readonly Judged[],
  { approveRemovals }: EmergencyOptions,
): Settled {
  const { objects: configured } = context.emergency;
  const records = objects.flatMap(({ record }) => record ?? []);
  const retired = known.objects.filter(({ object }) => !configured.includes(object));
  if (records.length < configured.length) return { records: [...records, ...retired], held: objects.flatMap(({ held }) => held ?? []) };
  const found = retired
    .filter(({ object }) => object.startsWith(FOUND))
    .map((record) => judgeFound(context, known, records, record, approveRemovals));
  return {
    records: [...records, ...found.flatMap(({ record }) => record ?? [])],
    held: [...objects, ...found].flatMap(({ held }) => held ?? []),
  };
}

/** Whether the objects have most of what was in the file before the first run. */
function judgeFound(
  context: EmergencyContext,
  known: EmergencyState,
  records: readonly EmergencyObject[],
  record: EmergencyObject,
  approve: boolean,
): Judged {
  const { object } = record;
  const keys = records.flatMap((one) => readObjectKeys(one.object, one.text, context.keys).keys);
  return judgeKeys(context, { object, before: record, keys }, { record, held: heldOf(known, object), approve }, () => undefined);
}

function heldOf({ held }: EmergencyState, object: string): EmergencyHeld | undefined {
  return held.find((one) => one.object === object);
}

interface Run extends Settled {
  readonly file: EmergencyFile;
  readonly known: EmergencyState;
  readonly objects: readonly Judged[];
}

/**
 * What to serve, then the file, then what was written and is to be said, then the log: a run that is killed in between is made up for
 * by the next, also by one that S3 does not answer.
 */
async function serve(context: EmergencyContext, run: Run, options: EmergencyOptions): Promise<EmergencyReport> {
  const { file, known, objects, records, held } = run;
  const read = records.map(({ object, text }) => readObjectKeys(object, text, context.keys));
  const keys = mergeKeys(read.flatMap((one) => one.keys));
  const wanted = records.length === 0 ? undefined : renderFile(keys);
  const changes = explain(changesBetween(keysOf(known), keys), context, run, read);
  const withheld = withheldKeys(read);
  const lines = await auditLines(context, known, {
    users: context.emergency.users,
    usersBefore: known.users ?? [],
    keysBefore: keysOf(known),
    keys,
    changes,
    held: heldChanges(objects),
    withheld: newlyWithheld(withheld, known),
  });
  const tampered = wanted !== undefined && isWritten(file, wanted) ? undefined : faultOfFile(file, known.written);
  keep(context, { ...known, objects: [...records] }, known);
  const outcome = wanted === undefined ? 'nothing-yet' : writeKeys(context, file, wanted);
  if (changes.length > 0) options.audit(changes);
  const written = wanted === undefined ? known.written : sumOfText(wanted);
  const state: EmergencyState = {
    objects: [...records],
    held: [...held],
    keys: keys.map(({ object, line }) => ({ object, line })),
    users: [...context.emergency.users],
    withheld: [...withheld.keys()],
    ...(written === undefined ? {} : { written }),
  };
  return {
    objects,
    keys,
    refused: read.flatMap(({ refused }) => refused),
    changes,
    held,
    tampered,
    outcome,
    audit: say(context, known, state, lines),
    nothingToApprove: options.approveRemovals && known.held.length === 0,
  };
}

/** The lines are durable with what they tell of, before any of them is in the log. */
function say(context: EmergencyContext, known: EmergencyState, state: EmergencyState, lines: readonly string[]): AuditReport | undefined {
  const saying = lines.length === 0 ? state : { ...state, lines: [...lines] };
  keep(context, saying, known);
  const report = appendLines(context, lines);
  if (report !== undefined && report.failure === undefined) keep(context, state, saying);
  return report;
}

function keep({ paths }: EmergencyContext, state: EmergencyState, known: EmergencyState): void {
  if (!isDeepStrictEqual(state, known)) writeEmergencyState(paths.state, state);
}

/** The lines that were written last. */
function keysOf({ keys }: EmergencyState): EmergencyKey[] {
  return keys.flatMap(({ object, line }) => keyOfLine(object, line) ?? []);
}

/** A key that goes although its object still has it goes by this host's own word. */
function explain(
  changes: readonly EmergencyChange[],
  { emergency: { objects } }: EmergencyContext,
  { records }: Settled,
  read: readonly ObjectKeys[],
): EmergencyChange[] {
  const revoked = new Set(read.flatMap((one) => [...one.revoked]));
  const versions = new Map(records.map(({ object, version }) => [object, version]));
  return changes.map(({ change, key }) => {
    const version = versions.get(key.object);
    const versioned = { change, key, ...(version === undefined ? {} : { version }) };
    if (change !== 'removed') return versioned;
    if (revoked.has(key.fingerprint)) return { change, key, reason: 'it is on the list of policy.keys.revoked' };
    const isConfigured = objects.includes(key.object) || key.object.startsWith(FOUND);
    return isConfigured ? versioned : { change, key, reason: 'its object is no longer configured' };
  });
}

/** Like the other folders of a host, those above the private state are open. */
function prepareFolder({ paths }: EmergencyContext): void {
  const privateState = dirname(paths.folder);
  try {
    makeOpenFolder(dirname(privateState));
    for (const folder of [privateState, paths.folder]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
    }
  } catch (error) {
    throw new HoldfastError('cache-failed', `cannot make the state folder "${paths.folder}": ${messageOf(error)}`, { cause: error });
  }
}

function notOfKeys(path: string): HoldfastError {
  return new HoldfastError('configuration', `emergency.file: "${path}" is there already and has no line that is a key; it is left alone`, {
    detail: 'emergency-file-foreign',
    hints: ['is it the right file? If so, move it away'],
  });
}
