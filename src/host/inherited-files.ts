/**
 * Open files that whoever started this process has left open for it, and which every child would get in turn.
 *
 * Node marks its own, and of inherited ones those up to the first gap; what is not marked is nobody's here.
 *
 * @see `uv_disable_stdio_inheritance` in libuv: it ends at the first number that is not open
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../errors.ts';

const O_CLOEXEC = 0o2000000;
const STDERR = 2;

/** Where /proc is not mounted there is nothing to go by. */
export function closeInheritedFiles(): void {
  for (const file of openFiles()) if (file > STDERR && !isClosedForChildren(file)) tryTo(() => closeSync(file));
}

function openFiles(): readonly number[] {
  return tryTo(() => readdirSync('/proc/self/fd').map(Number)) ?? [];
}

function isClosedForChildren(file: number): boolean {
  const [, flags = ''] = tryTo(() => /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${file}`, 'latin1'))) ?? [];
  // The one that /proc/self/fd was read by is closed again.
  return flags === '' || (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0;
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
