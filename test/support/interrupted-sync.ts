/**
 * Syncs that are interrupted, each on a copy of one prepared host, and what must hold afterwards.
 */

import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { GenerationStore } from '../../src/caches/generation.ts';
import { bucketOf } from '../../src/caches/keys-cache.ts';
import { emptyView, type PublishedView } from '../../src/directory/host-view.ts';
import { ScratchRoot } from '../cli/command.ts';
import type { Changes } from '../config/configuration.ts';
import { HOLDFAST, HOLDFAST_ENV } from './agent-host.ts';
import { auditedOf, auditLogOf, readAuditLog, replay } from './audit-replay.ts';
import { type CompanyDirectory, startCompanyDirectory } from './company-directory.ts';
import { readCurrent, type Shown } from './current-generation.ts';
import { personDn } from './ldif.ts';
import { generatePeople } from './people.ts';
import { expectSuccess, runProgram } from './running-program.ts';
import { countSyscalls, type Injection, type InjectResult, straceInject, type SyscallCall } from './strace.ts';

/** A host before a run that will commit a generation. */
export interface Stage extends AsyncDisposable {
  readonly config: Changes;
  /** Undefined: nothing was ever committed. */
  readonly before: Shown | undefined;
  readonly after: Shown;
  /** The host once more, to be ruined. */
  copy(): Promise<ScratchRoot>;
}

/** A rename or a flush of a run on one of its own files. */
export interface Step {
  readonly syscall: string;
  /** From the state folder; of a rename, the old name. */
  readonly path: string;
  /** Its number among the calls of its kind: the one to hit. */
  readonly nth: number;
}

/** The first run, with so many files that they are flushed by one syncfs(2). */
export const FIRST_SYNC: readonly Step[] = numbered([
  ['fsync', 'state/snapshot-corp.ndjson.new'],
  ['fsync', 'state/uid-ledger.new'],
  ['rename', 'state/uid-ledger.new'],
  ['fsync', 'state'],
  ['rename', 'state/snapshot-corp.ndjson.new'],
  ['fsync', 'state'],
  ['syncfs', 'generations/.staging'],
  ['fsync', 'generations/.staging/keys'],
  ['fsync', 'generations/.staging'],
  ['rename', 'generations/.staging'],
  ['fsync', 'generations'],
  ['rename', 'current.new'],
  ['fsync', ''],
  ['fsync', 'state/audit.batch.new'],
  ['rename', 'state/audit.batch.new'],
  ['fsync', 'state'],
  ['fsync', '../../log/holdfast'],
  ['fsync', '../../log/holdfast/audit.jsonl'],
  ['fsync', 'state/audit.json.NUMBER'],
  ['rename', 'state/audit.json.NUMBER'],
  ['fsync', 'state'],
  ['fsync', 'state/last-run.json.NUMBER'],
  ['rename', 'state/last-run.json.NUMBER'],
  ['fsync', 'state'],
]);

/** A run that changes one person's shell and key; that no key of theirs is left, and that one is new, counts for a day. */
export const CHANGING_SYNC: readonly Step[] = numbered([
  ['fsync', 'state/snapshot-corp.ndjson.new'],
  ['fsync', 'state/past-removals.json.NUMBER'],
  ['rename', 'state/past-removals.json.NUMBER'],
  ['fsync', 'state'],
  ['fsync', 'state/past-arrivals.json.NUMBER'],
  ['rename', 'state/past-arrivals.json.NUMBER'],
  ['fsync', 'state'],
  ['rename', 'state/snapshot-corp.ndjson.new'],
  ['fsync', 'state'],
  ['fsync', 'state/audit.batch.new'],
  ['rename', 'state/audit.batch.new'],
  ['fsync', 'state'],
  ['fsync', 'generations/.staging/passwd.cache'],
  ['fsync', 'generations/.staging/passwd.cache.ixname'],
  ['fsync', 'generations/.staging/passwd.cache.ixuid'],
  ['fsync', `generations/.staging/keys/${bucketOf('ann')}`],
  ['fsync', 'generations/.staging/manifest.json'],
  ['fsync', 'generations/.staging/keys'],
  ['fsync', 'generations/.staging'],
  ['rename', 'generations/.staging'],
  ['fsync', 'generations'],
  ['rename', 'current.new'],
  ['fsync', ''],
  ['fsync', '../../log/holdfast/audit.jsonl'],
  ['fsync', 'state/audit.json.NUMBER'],
  ['rename', 'state/audit.json.NUMBER'],
  ['fsync', 'state'],
  ['fsync', 'state/last-run.json.NUMBER'],
  ['rename', 'state/last-run.json.NUMBER'],
  ['fsync', 'state'],
]);

/** What a state folder may hold when no run is at work. */
const LASTING =
  /^(?:current|generations|generations\/\d+|state|state\/(?:lock|last-run\.json|audit\.json|audit\.lock|held-removals\.json|past-removals\.json|past-arrivals\.json|uid-ledger|snapshot-[a-z]+\.ndjson))$/;

export async function firstSync(): Promise<Stage> {
  const directory = await startCompanyDirectory({ people: generatePeople({ count: 120 }) });
  return await stageOf(directory, undefined);
}

export async function changingSync(): Promise<Stage> {
  const directory = await startCompanyDirectory({ people: generatePeople({ count: 40, named: [{ uid: 'ann', loginShell: '/bin/sh' }] }) });
  const host = await ScratchRoot.create(directory.config());
  expect(await host.holdfast('sync')).toMatchObject({ status: 0 });
  const [stranger] = generatePeople({ count: 1, seed: 2 }).people;
  await directory.slapd.modify(
    `dn: ${personDn('ann')}\nchangetype: modify\nreplace: loginShell\nloginShell: /bin/bash\n-\n` +
      `replace: sshPublicKey\nsshPublicKey: ${stranger?.sshPublicKeys[0]}\n`,
  );
  return await stageOf(directory, host);
}

async function stageOf(directory: CompanyDirectory, host: ScratchRoot | undefined): Promise<Stage> {
  const config = directory.config();
  return {
    config,
    before: host && readCurrent(host.state),
    after: await shownAfterSync(config),
    copy: async () => await copyHost(config, host?.state),
    async [Symbol.asyncDispose]() {
      await host?.[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** On a new host, where no old generation can shine through. */
async function shownAfterSync(config: Changes): Promise<Shown> {
  await using root = await ScratchRoot.create(config);
  expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
  const shown = readCurrent(root.state);
  if (shown === undefined) throw new Error('sync has committed nothing');
  return shown;
}

/** A host with this state. */
export async function copyHost(config: Changes, state: string | undefined): Promise<ScratchRoot> {
  const root = await ScratchRoot.create(config);
  if (state === undefined) return root;
  await root.write('var/lib/.keep', '');
  // With the audit log, which is not in it.
  for (const [from, to] of [
    [state, root.state],
    [join(state, '../../log'), join(root.path, 'var/log')],
  ] as const) {
    const copy = ['cp', '-a', from, to];
    expectSuccess(await runProgram(copy), copy);
  }
  return root;
}

export function syncCommand(root: ScratchRoot): string[] {
  return [...HOLDFAST, '--root', root.path, 'sync'];
}

/** The renames and flushes of a run, in their order. */
export async function stepsOfSync(root: ScratchRoot): Promise<Step[]> {
  const { status, calls, stderr } = await countSyscalls({
    command: syncCommand(root),
    syscalls: ['rename', 'fsync', 'syncfs'],
    env: HOLDFAST_ENV,
  });
  if (status !== 0) throw new Error(`sync ended with status ${status}: ${stderr}`);
  return calls.map((call) => ({ syscall: call.syscall, path: pathOf(call, root.state), nth: call.nth }));
}

export async function syncWithFault(root: ScratchRoot, inject: Injection): Promise<InjectResult> {
  return await straceInject({ command: syncCommand(root), inject, env: HOLDFAST_ENV });
}

/** The name of a temporary file ends in a number that says nothing. */
export function pathOf({ paths }: SyscallCall, state: string): string {
  const [path = ''] = paths;
  return relative(state, path).replace(/\.json\.\d+$/, '.json.NUMBER');
}

/** What serves after a run that got no further than this step: the generation is switched by one rename. */
export function shownBefore(step: Step, steps: readonly Step[], { before, after }: Stage): Shown | undefined {
  const rename = steps.findIndex(({ syscall, path }) => syscall === 'rename' && path === 'current.new');
  return steps.indexOf(step) > rename ? after : before;
}

/** The next run puts everything right and leaves nothing lying about. */
export async function expectHealed(root: ScratchRoot, { after }: Stage): Promise<void> {
  expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
  expect(readCurrent(root.state)).toEqual(after);
  expect(litter(root.state)).toEqual([]);
  expectAuditedOnce(root);
}

/** Whatever interrupted the run before: the lines lead to what serves, and none is there twice. */
function expectAuditedOnce(root: ScratchRoot): void {
  const lines = readAuditLog(auditLogOf(root.path));
  const store = new GenerationStore(root.state, { isRoot: true, shadowGid: undefined });
  const kept = new Map(store.kept().map((generation) => [generation.number, store.view(generation)]));
  const viewOf = (number: number): PublishedView => kept.get(number) ?? emptyView;
  expect(replay(lines, viewOf)).toEqual(auditedOf(viewOf(Math.max(...kept.keys()))));
  const places = lines.map(({ generation, time, seq }) => `${generation} ${time} ${seq}`);
  expect(new Set(places).size).toBe(places.length);
}

/** Names that no run should leave behind. */
export function litter(state: string): string[] {
  const names = [...readdirSync(state), ...['generations', 'state'].flatMap((folder) => namesIn(state, folder))];
  return names.filter((name) => !LASTING.test(name));
}

function namesIn(state: string, folder: string): string[] {
  return readdirSync(`${state}/${folder}`).map((name) => `${folder}/${name}`);
}

function numbered(steps: readonly (readonly [syscall: string, path: string])[]): Step[] {
  return steps.map(([syscall, path], index) => {
    const nth = steps.slice(0, index + 1).filter(([other]) => other === syscall).length;
    return { syscall, path, nth };
  });
}
