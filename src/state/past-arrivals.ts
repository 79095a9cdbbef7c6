/**
 * What came to this host within the last day: the guards do not count it as what was there.
 */
import { z } from 'zod';
import { readStateFile, writeStateFile } from './state-file.ts';

/** ISO 8601 in the file, milliseconds since the epoch for others. */
const at = z.iso.datetime();

const pastArrivalsSchema = z.strictObject({
  version: z.literal(1),
  /** Sizes before they grew, by what is compared with them. */
  sizes: z.array(
    z.strictObject({
      at,
      tally: z.union([
        z.enum(['passwd', 'group', 'keys', 'access']),
        z.templateLiteral(['member ', z.string()]),
        z.templateLiteral(['account ', z.string()]),
      ]),
      before: z.int().nonnegative(),
    }),
  ),
  /** Keys that came to people who had others. */
  keys: z.array(z.strictObject({ at, login: z.string(), fingerprints: z.array(z.string()).readonly() })),
  /** Members who came to groups of access.always. */
  joined: z.array(z.strictObject({ at, group: z.string(), names: z.array(z.string()).readonly() })),
});

type Stored = z.infer<typeof pastArrivalsSchema>;
type Timed<One> = Omit<One, 'at'> & { readonly at: number };

export interface PastArrivals {
  readonly sizes: readonly Timed<Stored['sizes'][number]>[];
  readonly keys: readonly Timed<Stored['keys'][number]>[];
  readonly joined: readonly Timed<Stored['joined'][number]>[];
}

export function readPastArrivals(path: string): PastArrivals {
  const stored = readStateFile(path, pastArrivalsSchema);
  if (stored === undefined) return { sizes: [], keys: [], joined: [] };
  return { sizes: stored.sizes.map(timed), keys: stored.keys.map(timed), joined: stored.joined.map(timed) };
}

export function writePastArrivals(path: string, { sizes, keys, joined }: PastArrivals): void {
  const stored: Stored = { version: 1, sizes: sizes.map(dated), keys: keys.map(dated), joined: joined.map(dated) };
  writeStateFile(path, stored);
}

function timed<One extends { readonly at: string }>(one: One): Timed<One> {
  return { ...one, at: Date.parse(one.at) };
}

function dated<One extends { readonly at: number }>(one: One): Omit<One, 'at'> & { at: string } {
  return { ...one, at: new Date(one.at).toISOString() };
}
