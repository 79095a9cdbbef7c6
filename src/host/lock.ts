/**
 * One run at a time. The kernel holds the lock and drops it when the process ends, however it ends.
 *
 * Node has no flock(2); SQLite, which comes with it, locks its database file with fcntl(2). The file stays empty: nothing is ever
 * written to it.
 */
import { readFileSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError, messageOf } from '../errors.ts';

/** Milliseconds between two tries. */
const RETRY_INTERVAL = 100;
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/**
 * For work that takes a moment, without giving anything else of this process a turn.
 *
 * @param patience milliseconds to wait for whoever holds it
 * @throws HoldfastError `lock-held`
 */
export function holdLock(path: string, patience: number): Disposable {
  const lock = tryLock(path, patience) ?? tryLock(path, patience);
  if (lock === undefined) throw lockHeld(path, patience);
  return lock;
}

/**
 * @param patience milliseconds to wait for a run that holds it
 * @throws HoldfastError `lock-held`
 */
export async function acquireLock(path: string, patience: number): Promise<Disposable> {
  const giveUpAt = performance.now() + patience;
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    if (performance.now() >= giveUpAt) throw lockHeld(path, patience);
    await sleep(RETRY_INTERVAL);
  }
}

/** @param timeout milliseconds that SQLite waits itself */
function tryLock(path: string, timeout = 0): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout });
    database.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (hasCode(error, SQLITE_BUSY)) return undefined;
    if (hasCode(error, SQLITE_NOTADB)) {
      // Somebody else's bytes; nobody can hold a lock on them, and the inode must stay the same.
      truncateSync(path, 0);
      return undefined;
    }
    throw new HoldfastError('cache-failed', `cannot lock "${path}": ${messageOf(error)}`, { cause: error });
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === code;
}

function lockHeld(path: string, patience: number): HoldfastError {
  const holder = holderOf(path);
  const who = holder === undefined ? 'another run' : `another run (pid ${holder})`;
  return new HoldfastError('lock-held', `${who} is at work and holds "${path}"; waited ${patience / 1000} s`, {
    hints: ['wait for it, or see what it does: journalctl -u holdfast -n 20'],
  });
}

/** The process that /proc/locks names for the file; undefined where it names none (a process in another pid namespace). */
function holderOf(path: string): number | undefined {
  try {
    const { ino } = statSync(path);
    const line = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .find((text) => text.includes(`:${ino} `));
    const pid = Number(line?.trim().split(/\s+/)[4]);
    return pid > 0 ? pid : undefined;
  } catch {
    // Only the error message is the poorer for it.
    return undefined;
  }
}
