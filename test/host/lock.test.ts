import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../src/errors.ts';
import { acquireLock, holdLock } from '../../src/host/lock.ts';

const module = join(import.meta.dirname, '../../src/host/lock.ts');

let folder: string;
let path: string;
let others: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-lock-'));
  path = join(folder, 'lock');
  others = [];
});

afterEach(async () => {
  for (const other of others) other.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

describe('holdLock', () => {
  test('is the same lock, taken without a turn for anybody else', async () => {
    const lock = holdLock(path, 0);
    await expect(acquireLock(path, 0)).rejects.toMatchObject({ code: 'lock-held' });
    lock[Symbol.dispose]();
    using _other = await acquireLock(path, 0);
    expect(() => holdLock(path, 20)).toThrow('is at work and holds');
  });

  test('is taken where the file has bytes of somebody else', async () => {
    await writeFile(path, 'no database\n'.repeat(100));
    using _lock = holdLock(path, 0);
    expect(await readFile(path, 'utf8')).toBe('');
  });
});

describe('acquireLock', () => {
  test('takes a lock that nobody holds, and gives it back', async () => {
    (await acquireLock(path, 0))[Symbol.dispose]();
    (await acquireLock(path, 0))[Symbol.dispose]();
  });

  test('writes nothing to the file', async () => {
    using _lock = await acquireLock(path, 0);
    expect(await readFile(path, 'utf8')).toBe('');
  });

  test('is held against another process, which is told who holds it', async () => {
    using _lock = await acquireLock(path, 0);
    const { status, output } = await ended(otherRun(200));
    expect(status).toBe(1);
    expect(JSON.parse(output)).toEqual({
      code: 'lock-held',
      message: `another run (pid ${process.pid}) is at work and holds "${path}"; waited 0.2 s`,
    });
  });

  test('is held against the same process', async () => {
    using _lock = await acquireLock(path, 0);
    await expect(acquireLock(path, 0)).rejects.toMatchObject({ code: 'lock-held' });
  });

  test('waits as long as it may, and no longer', async () => {
    await holding();
    const started = performance.now();
    await expect(acquireLock(path, 300)).rejects.toThrow(HoldfastError);
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
  });

  test('is given as soon as the holder is done', async () => {
    const held = await acquireLock(path, 0);
    const waiting = acquireLock(path, 30_000);
    held[Symbol.dispose]();
    using _lock = await waiting;
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('is free again when its holder ends by %s', async (signal) => {
    const holder = await holding();
    await expect(acquireLock(path, 0)).rejects.toMatchObject({ code: 'lock-held' });
    holder.kill(signal);
    await once(holder, 'exit');
    using _lock = await acquireLock(path, 0);
  });

  test('is held by exactly one of many that want it at once', async () => {
    const runs = Array.from({ length: 6 }, () => otherRun(0, 'setInterval(() => {}, 1000)'));
    const answers = await Promise.all(runs.map(answered));
    expect(answers.filter((answer) => answer === 'held\n')).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes('"lock-held"'))).toHaveLength(5);
  });

  test.each([
    ['a word', 'stale pid 4711\n'],
    ["another program's bytes", 'x'.repeat(5000)],
    ['half a database', `SQLite format 3\0${'\0'.repeat(84)}`],
  ])('does not mind %s in the file', async (_what, content) => {
    await writeFile(path, content);
    const inode = (await stat(path)).ino;
    using _lock = await acquireLock(path, 1000);
    expect((await stat(path)).ino).toBe(inode);
    await expect(acquireLock(path, 0)).rejects.toMatchObject({ code: 'lock-held' });
  });

  test.each([
    ['the folder is not there', () => join(folder, 'gone/lock')],
    ['it is a folder', () => folder],
    ['a file is where its folder should be', () => join(module, 'lock')],
  ])('says that it cannot lock when %s', async (_why, where) => {
    const failure = acquireLock(where(), 0);
    await expect(failure).rejects.toMatchObject({ code: 'cache-failed' });
    await expect(failure).rejects.toThrow(`cannot lock "${where()}": `);
  });
});

/** Another process that wants the lock, and then runs `program` with it held. */
function otherRun(patience: number, program = ''): ChildProcess {
  const source = `
    import { acquireLock, holdLock } from ${JSON.stringify(module)};
    try {
      globalThis.lock = await acquireLock(${JSON.stringify(path)}, ${patience});
      console.log('held');
      ${program}
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
      process.exitCode = 1;
    }`;
  const other = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  others.push(other);
  return other;
}

/** Another process that has the lock until it is killed. */
async function holding(): Promise<ChildProcess> {
  const holder = otherRun(0, 'setInterval(() => {}, 1000)');
  await answered(holder);
  return holder;
}

/** Whether it has the lock, as soon as it knows. */
async function answered({ stdout }: ChildProcess): Promise<string> {
  const [chunk] = (await once(stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return chunk.toString();
}

async function ended(other: ChildProcess): Promise<{ status: number | null; output: string }> {
  let output = '';
  other.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [status] = (await once(other, 'close')) as [number | null];
  return { status, output };
}
