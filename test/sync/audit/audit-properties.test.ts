import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GenerationStore } from '../../../src/caches/generation.ts';
import type { DirectorySnapshot } from '../../../src/directory/snapshot.ts';
import { hostPaths } from '../../../src/host/paths.ts';
import type { Source } from '../../../src/sources/source.ts';
import type { SyncContext } from '../../../src/sync/context.ts';
import { guardLimits } from '../../../src/sync/host-policy.ts';
import { Secrets } from '../../../src/sync/secrets/secrets.ts';
import { sync } from '../../../src/sync/sync.ts';
import { configOf } from '../../config/configuration.ts';
import { type World, worlds } from '../../policy/policy-oracle.ts';
import { auditedOf, auditLogOf, readAuditLog, replay } from '../../support/audit-replay.ts';

/** What happens before one run. */
interface Day {
  readonly world: World;
  readonly approves: boolean;
  /** Nothing can be appended in this run: a folder is where the log should be. */
  readonly isLogBroken: boolean;
}

const config = configOf({
  'guards.always_allowed': 1000,
  'state.keep_generations': 1000,
  'audit.max_size': 65_536,
  'audit.keep': 1000,
});

const days: fc.Arbitrary<Day[]> = fc.array(
  fc.record({ world: worlds(), approves: fc.boolean(), isLogBroken: fc.nat(4).map((number) => number === 0) }),
  { minLength: 2, maxLength: 5 },
);

class AuditedHost implements Disposable {
  readonly root: string = mkdtempSync(join(tmpdir(), 'holdfast-audit-'));
  readonly store: GenerationStore = new GenerationStore(join(this.root, 'var/lib/holdfast'), { isRoot: false, shadowGid: undefined });
  #time = Date.parse('2026-11-23T10:00:00Z');

  async run({ world, approves, isLogBroken }: Day): Promise<void> {
    // The clock stands still now and then.
    this.#time += world.snapshots.length === 1 ? 0 : 60_000;
    const log = auditLogOf(this.root);
    if (!isLogBroken) return void (await sync(this.#context(world), { approval: approves ? {} : undefined }));
    mkdirSync(dirname(log), { recursive: true, mode: 0o750 });
    const aside = `${log}.aside`;
    rename(log, aside);
    mkdirSync(log);
    try {
      const { audit } = await sync(this.#context(world), { approval: approves ? {} : undefined });
      if (audit?.failure === undefined) expect(audit?.written).toBe(0);
    } finally {
      rmdirSync(log);
      rename(aside, log);
    }
  }

  #context({ snapshots, policy, local }: World): SyncContext {
    const names = ['corp', 'other'];
    const sources = snapshots.map((snapshot, index) => fakeSource(names[index] ?? '', snapshot, this.#time));
    const host = { config, paths: hostPaths(this.root, '/var/lib/holdfast'), now: () => new Date(this.#time) };
    return {
      ...host,
      local,
      store: this.store,
      sources,
      secrets: new Secrets(host),
      policy,
      readHostAccess: () => Promise.resolve({ groups: [] }),
      sshdClock: () => ({ readsUtc: true, timeZone: 'UTC' }),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      guards: guardLimits(config),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // it is not there yet
  }
}

function fakeSource(name: string, { users, groups, rejections }: DirectorySnapshot, fetchedAt: number): Source {
  const ofSource = <T extends { readonly source: string }>(entries: readonly T[]): T[] =>
    entries.map((entry) => ({ ...entry, source: name }));
  const snapshot = { source: name, fetchedAt, users: ofSource(users), groups: ofSource(groups), rejections: ofSource(rejections) };
  return { name, fetch: async () => await Promise.resolve(snapshot) };
}

describe('the audit log', () => {
  test('carried out from its baseline on, gives exactly what the current generation shows, each line once', async () => {
    await fc.assert(
      fc.asyncProperty(days, async (all) => {
        using host = new AuditedHost();
        for (const day of all) await host.run(day);
        const [last] = all.slice(-1);
        if (last === undefined) return;
        await host.run({ ...last, isLogBroken: false });
        const [current] = host.store.kept();
        if (current === undefined) return;
        const lines = readAuditLog(auditLogOf(host.root));
        const viewOf = (number: number) => host.store.view(kept(host.store, number));
        expect(replay(lines, viewOf)).toEqual(auditedOf(host.store.view(current)));
        const places = lines.map(({ generation, time, seq }) => `${generation} ${time} ${seq}`);
        expect(new Set(places).size).toBe(places.length);
        // One baseline in the beginning, and none after it: no line was ever lost.
        expect(lines.filter(({ event }) => event === 'baseline')).toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  });
});

function kept(store: GenerationStore, number: number) {
  const generation = store.kept().find((one) => one.number === number);
  if (generation === undefined) throw new Error(`generation ${number} is gone`);
  return generation;
}
