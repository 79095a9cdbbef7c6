/**
 * The generations that are kept: when each was made and why, what is in it, and what it changed of the one before.
 */
import type { Manifest, ManifestCounts } from '../../caches/manifest.ts';
import { isDamaged, type Pin } from '../../state/pin.ts';
import type { HostContext } from '../context.ts';
import { secondsSince } from '../phrases.ts';
import { pinInEffect } from './pinned.ts';

export interface ListedGeneration {
  readonly generation: number;
  readonly serves: boolean;
  /** Whether a rollback went back to it, and lasts. */
  readonly pinned: boolean;
  /** ISO 8601. */
  readonly createdAt?: string;
  readonly ageSeconds?: number;
  readonly why?: string;
  readonly counts?: ManifestCounts;
  /** Against the next older one that can be read; absent for the oldest. */
  readonly changes?: readonly MapChange[];
  /** What is wrong with its manifest: it cannot be gone back to. */
  readonly fault?: string;
}

export interface MapChange {
  readonly map: 'passwd' | 'group' | 'shadow' | 'keys';
  /** Entries more or, below 0, fewer; of keys: lines. 0: as many, and others. */
  readonly difference: number;
}

export interface GenerationsReport {
  /** The newest first. */
  readonly generations: readonly ListedGeneration[];
  readonly pin: Pin | undefined;
}

export function listGenerations({ store, paths, now }: HostContext): GenerationsReport {
  const current = store.currentManifest();
  const pin = pinInEffect(paths.pin, current);
  const target = pin !== undefined && !isDamaged(pin) ? pin.target : undefined;
  const serving = typeof current === 'object' ? current.generation : undefined;
  const listed = store.list();
  const generations = listed.map(({ number, manifest }, index): ListedGeneration => {
    const place = { generation: number, serves: number === serving, pinned: number === target };
    if (typeof manifest === 'string') return { ...place, fault: manifest };
    const { createdAt, why, counts } = manifest;
    const older = listed.slice(index + 1).find((one) => typeof one.manifest === 'object')?.manifest;
    const described = { ...place, createdAt, ageSeconds: secondsSince(createdAt, now()), why, counts };
    return typeof older === 'object' ? { ...described, changes: changesOf(older, manifest) } : described;
  });
  return { generations, pin };
}

function changesOf(older: Manifest, newer: Manifest): MapChange[] {
  const maps = [
    ['passwd', newer.counts.passwd - older.counts.passwd],
    ['group', newer.counts.group - older.counts.group],
    ['shadow', newer.counts.shadow - older.counts.shadow],
    ['keys', newer.counts.keyLines - older.counts.keyLines],
  ] as const;
  return maps.filter(([map]) => isChanged(map, older, newer)).map(([map, difference]) => ({ map, difference }));
}

function isChanged(map: MapChange['map'], older: Manifest, newer: Manifest): boolean {
  const isOfMap = (file: string): boolean => (map === 'keys' ? file.startsWith('keys/') : file === `${map}.cache`);
  const files = new Set([...Object.keys(older.files), ...Object.keys(newer.files)].filter(isOfMap));
  return [...files].some((file) => older.files[file]?.sha256 !== newer.files[file]?.sha256);
}
