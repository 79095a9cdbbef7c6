/**
 * The map from this host's access groups to people: from the configuration, or from a text of its own that must be whole, signed if
 * keys are configured, and not older than the last.
 *
 * Whatever of that fails, the last good map serves. It is kept with its signature and judged by today's keys, so that a key that is
 * taken off the list takes with it what it has signed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AccessMapFile, parseAccessMap } from '../../config/access-map.ts';
import { faultOfOwner } from '../../config/file-owner.ts';
import { readRegularFile } from '../../config/regular-file.ts';
import { parseSigningKey, type SigningKey, verifySshSignature } from '../../config/ssh-signature.ts';
import type { GroupName } from '../../directory/names.ts';
import { Invalid } from '../../directory/rejection.ts';
import { errnoOf, HoldfastError } from '../../errors.ts';
import type { AccessMap } from '../../policy/host-grants.ts';
import type { People } from '../../policy/host-policy.ts';
import { type KeptMap, readKeptMap, writeKeptMap } from '../../state/access-map.ts';
import type { ConfiguredHost } from '../context.ts';
import type { AccessMapReading } from './host-access.ts';

/** What a signature has to be for: `ssh-keygen -Y sign -n …`. */
const MAP_NAMESPACE = 'holdfast-access-map';

/** Some three thousand access groups: more than anybody reviews. */
export const MAP_MAX_BYTES = 256 * 1024;
/** Milliseconds that it takes to put two objects where two were. */
const REPLACING = 1000;

/** As it was found, before anything of it is believed. */
export interface FoundMap {
  readonly bytes: Buffer;
  /** Undefined: there is none. */
  readonly signature?: string;
}

/** Reads `s3://bucket/key`, and the same with ".sig" when it has to be signed. */
export type MapFetcher = (reference: string, isSigned: boolean) => Promise<FoundMap>;

/** Undefined: no map is configured. @throws HoldfastError `configuration` for keys that cannot be read; the signal's reason when that ended it */
export async function readAccessMap(context: ConfiguredHost, fetchMap: MapFetcher): Promise<AccessMapReading | undefined> {
  const opened = open(context);
  if (opened === undefined || !('keys' in opened)) return opened;
  if (opened.reference.startsWith('file:')) return attempt(opened, () => readMapFile(opened), context.now());
  const first = await fetchAttempt(opened, fetchMap, context.now());
  // Map and signature are two objects, and somebody may just be replacing them.
  if (opened.keys === undefined || first.failure?.code !== 'data-refused') return first;
  await sleep(REPLACING);
  return await fetchAttempt(opened, fetchMap, context.now());
}

/** Without a network: a file is read, of an object the last good counts. @throws HoldfastError `configuration` for keys that cannot be read */
export function recallAccessMap(context: ConfiguredHost): AccessMapReading | undefined {
  const opened = open(context);
  if (opened === undefined || !('keys' in opened)) return opened;
  if (!opened.reference.startsWith('file:')) return lastGood(opened);
  return attempt(opened, () => readMapFile(opened), context.now());
}

export function keepAccessMap({ paths }: ConfiguredHost, reading: AccessMapReading | undefined): void {
  // One that cannot be judged now stays: its key may come back.
  if (reading?.failure === undefined) writeKeptMap(paths.accessMap, reading?.kept);
}

/** What `config check` looks at: a map in a file. @throws HoldfastError `configuration` */
export function checkAccessMapFile(reference: string | undefined, publicKey: string | undefined): void {
  if (reference?.startsWith('file:') !== true) return;
  const keys = readSigningKeys(publicKey);
  const found = readMapFile({ reference, keys });
  try {
    judge({ reference, keys }, found);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // A mistake in the text comes with its own place.
    const text = error.cause === undefined ? `access.map_file: "${pathOf(reference)}": ${error.message}` : error.message;
    throw new HoldfastError('configuration', text, { detail: 'map-refused', hints: error.hints });
  }
}

interface MapPlace {
  readonly reference: string;
  /** Undefined: it needs no signature. */
  readonly keys: readonly SigningKey[] | undefined;
}

interface LastGoodMap {
  readonly stored: KeptMap;
  readonly map: AccessMapFile;
  /** It is from before a signature was asked for. */
  readonly isUnsigned: boolean;
}

/** A map to be read, and the last good one. */
interface OpenedMap extends MapPlace {
  readonly kept: LastGoodMap | undefined;
}

function open({ config: { access }, paths }: ConfiguredHost): OpenedMap | AccessMapReading | undefined {
  const { map, map_file: reference } = access;
  if (map !== undefined) return { reference: 'access.map', entries: entriesOf(map) };
  if (reference === undefined) return undefined;
  const keys = readSigningKeys(access.map_public_key);
  const stored = readKeptMap(paths.accessMap, reference);
  return { reference, keys, kept: stored && reconsider(stored, keys) };
}

/** Undefined when it was signed by a key that may not sign any more. Who begins to sign maps does not lose the last one by that. */
function reconsider(stored: KeptMap, keys: MapPlace['keys']): LastGoodMap | undefined {
  const { reference, text, signature } = stored;
  const bytes = Buffer.from(text);
  try {
    if (signature === undefined) return { stored, map: judge({ reference, keys: undefined }, { bytes }), isUnsigned: keys !== undefined };
    return { stored, map: judge({ reference, keys }, { bytes, signature }), isUnsigned: false };
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

async function fetchAttempt(opened: OpenedMap, fetchMap: MapFetcher, now: Date): Promise<AccessMapReading> {
  try {
    return accept(opened, await fetchMap(opened.reference, opened.keys !== undefined), now);
  } catch (error) {
    return fallBack(opened, error);
  }
}

function attempt(opened: OpenedMap, find: () => FoundMap, now: Date): AccessMapReading {
  try {
    return accept(opened, find(), now);
  } catch (error) {
    return fallBack(opened, error);
  }
}

function accept(opened: OpenedMap, found: FoundMap, now: Date): AccessMapReading {
  const { reference, kept } = opened;
  const map = judge(opened, found);
  const text = found.bytes.toString('utf8');
  const isChanged = kept !== undefined && kept.stored.text !== text;
  // Whoever could write an unsigned one could write any serial.
  if (isChanged && !kept.isUnsigned) refuseOlder(map, kept.map);
  const since = kept === undefined || isChanged ? now.toISOString() : kept.stored.since;
  const { signature } = found;
  return {
    ...describe(map),
    reference,
    since,
    isChanged,
    kept: { reference, text, since, ...(signature === undefined ? {} : { signature }) },
  };
}

/** The signature first: nothing of a text is read that nobody answers for. @throws HoldfastError `data-refused` */
function judge({ reference, keys }: MapPlace, { bytes, signature }: FoundMap): AccessMapFile {
  if (bytes.length > MAP_MAX_BYTES) throw refused(`it has ${bytes.length} bytes; wanted: at most ${MAP_MAX_BYTES}`);
  if (keys !== undefined) {
    if (signature === undefined) throw refused('it has no signature', signingHint(reference));
    const signer = verifySshSignature(bytes, signature, { keys, namespace: MAP_NAMESPACE });
    if (signer instanceof Invalid) throw refused(signer.reason, signingHint(reference));
  }
  try {
    return parseAccessMap(pathOf(reference), bytes, { isSigned: keys !== undefined });
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new HoldfastError('data-refused', error.message, { detail: 'map-refused', hints: error.hints, cause: error });
  }
}

/** An old map has an old signature, which is as good as the new one's: the serial tells them apart. */
function refuseOlder({ serial }: AccessMapFile, { serial: last }: AccessMapFile): void {
  if (last === undefined || (serial !== undefined && serial > last)) return;
  const current = serial === undefined ? 'it has no serial' : `it has the serial ${serial}`;
  throw refused(`${current}, and this host has had another with ${last} already; wanted: ${last + 1} or more with each change`);
}

function fallBack(opened: OpenedMap, error: unknown): AccessMapReading {
  if (!(error instanceof HoldfastError) || error.code === 'cache-failed') throw error;
  return { ...lastGood(opened), failure: error };
}

function lastGood({ reference, kept }: OpenedMap): AccessMapReading {
  return kept === undefined ? { reference } : { ...describe(kept.map), reference, since: kept.stored.since, kept: kept.stored };
}

function describe({ map, serial }: AccessMapFile): Pick<AccessMapReading, 'entries' | 'serial'> {
  return { entries: entriesOf(map), ...(serial === undefined ? {} : { serial }) };
}

/** A Map, since whoever writes a tag chooses what is looked up. */
function entriesOf(map: Readonly<Record<string, People>>): AccessMap {
  return new Map(Object.entries(map) as [GroupName, People][]);
}

function readMapFile({ reference, keys }: MapPlace): FoundMap {
  const path = pathOf(reference);
  const { bytes, stats } = readRegularFile(path, 'access.map_file');
  const fault = faultOfOwner(stats, 'write');
  if (fault !== undefined) throw new HoldfastError('configuration', `access.map_file: "${path}" ${fault}`, { detail: 'file-permissions' });
  return keys !== undefined ? { bytes, ...readSignatureFile(`${path}.sig`) } : { bytes };
}

function readSignatureFile(path: string): Pick<FoundMap, 'signature'> {
  try {
    return { signature: readRegularFile(path, 'access.map_file').bytes.toString('latin1') };
  } catch (error) {
    if (error instanceof HoldfastError && errnoOf(error.cause) === 'ENOENT') return {};
    throw error;
  }
}

/** One public key a line, `#` for comments. @throws HoldfastError `configuration` */
/** Without them no run starts. @param reference undefined: maps need no signature @throws HoldfastError `configuration` */
export function readSigningKeys(reference: string | undefined): readonly SigningKey[] | undefined {
  if (reference === undefined) return undefined;
  const path = pathOf(reference);
  const { bytes, stats } = readRegularFile(path, 'access.map_public_key');
  const fault = faultOfOwner(stats, 'write');
  if (fault !== undefined)
    throw new HoldfastError('configuration', `access.map_public_key: "${path}" ${fault}`, { detail: 'file-permissions' });
  const keys = bytes
    .toString('utf8')
    .split('\n')
    .map((line, index) => ({ text: line.trim(), line: index + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
    .map(({ text, line }) => {
      const key = parseSigningKey(text);
      if (key instanceof Invalid) throw new HoldfastError('configuration', `${path}:${line}: ${key.reason}`);
      return key;
    });
  if (keys.length > 0) return keys;
  throw new HoldfastError('configuration', `access.map_public_key: "${path}" has no key; wanted: the line of a .pub file (ssh-ed25519)`);
}

function pathOf(reference: string): string {
  return reference.replace(/^file:/, '');
}

function refused(reason: string, ...hints: readonly string[]): HoldfastError {
  return new HoldfastError('data-refused', reason, { detail: 'map-refused', hints });
}

function signingHint(reference: string): string {
  const name = reference.replace(/^.*\//, '');
  return `sign it: ssh-keygen -Y sign -n ${MAP_NAMESPACE} -f KEY ${name}; then put ${name}.sig beside it`;
}
