/**
 * Which keys of an object came and went within the last day: what is held is counted over a day, not over a run.
 */
import { DAY } from '../../directory/day.ts';
import type { EmergencyObject } from '../../state/emergency-state.ts';

interface Runs {
  /** Its record, when it was read before. */
  readonly record: EmergencyObject | undefined;
  /** Fingerprints of the record's keys. */
  readonly before: ReadonlySet<string> | undefined;
  readonly after: ReadonlySet<string>;
  readonly now: Date;
}

export interface DayOfKeys {
  /** Before this run. */
  readonly came: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
  /** With this run, once it is let through. */
  readonly kept: Pick<EmergencyObject, 'gone' | 'came'>;
}

export function dayOfKeys({ record, before, after, now }: Runs): DayOfKeys {
  const at = now.toISOString();
  const isRecent = (one: { readonly at: string }): boolean => Math.abs(now.getTime() - Date.parse(one.at)) < DAY;
  const dated = (fingerprints: Iterable<string>): EmergencyObject['gone'] => [...fingerprints].map((fingerprint) => ({ fingerprint, at }));
  const gone = (record?.gone ?? []).filter(isRecent);
  const came = (record?.came ?? []).filter(isRecent);
  const goneNow = [...gone, ...dated(before ?? [])].filter(({ fingerprint }) => !after.has(fingerprint));
  const coming = before === undefined ? [] : dated(after.difference(before));
  const cameNow = [...came, ...coming].filter(({ fingerprint }) => after.has(fingerprint));
  const fingerprintsOf = (some: EmergencyObject['gone']): ReadonlySet<string> => new Set(some.map(({ fingerprint }) => fingerprint));
  return {
    came: fingerprintsOf(came),
    gone: fingerprintsOf(gone),
    kept: { gone: goneNow, ...(cameNow.length === 0 ? {} : { came: cameNow }) },
  };
}
