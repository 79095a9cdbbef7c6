/**
 * What went from this host without anybody being asked, by run: the guards count it for a day with what goes next.
 */
import { z } from 'zod';
import { readStateFile, writeStateFile } from './state-file.ts';

const pastRemovalsSchema = z.strictObject({
  version: z.literal(1),
  removals: z.array(
    z.strictObject({
      /** ISO 8601. */
      at: z.iso.datetime(),
      /** What it was counted against. */
      tally: z.union([
        z.enum(['passwd', 'group', 'keys', 'refused', 'ending', 'replaced', 'shell', 'access']),
        z.templateLiteral(['member ', z.string()]),
        z.templateLiteral(['account ', z.string()]),
      ]),
      before: z.int().nonnegative(),
      names: z.array(z.string()).readonly(),
    }),
  ),
});

type StoredRemoval = z.infer<typeof pastRemovalsSchema>['removals'][number];

/** One removal, its time in milliseconds since the epoch. */
export type PastRemovalRecord = Omit<StoredRemoval, 'at'> & { readonly at: number };

export function readPastRemovals(path: string): PastRemovalRecord[] {
  const removals = readStateFile(path, pastRemovalsSchema)?.removals ?? [];
  return removals.map(({ at, ...removal }) => ({ ...removal, at: Date.parse(at) }));
}

export function writePastRemovals(path: string, removals: readonly PastRemovalRecord[]): void {
  const stored = removals.map(({ at, ...removal }): StoredRemoval => ({ at: new Date(at).toISOString(), ...removal }));
  writeStateFile(path, { version: 1, removals: stored });
}
