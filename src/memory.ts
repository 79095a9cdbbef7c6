/**
 * Keeps the peak memory of a run near what it really holds.
 *
 * V8 lets its heap grow to a multiple of what lives in it before it looks for garbage. Between the phases of a run, when most of what the
 * last one made is garbage, it is told to look, and to give back the pages that are left half empty.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collector = (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'regular' | 'last-resort' }) => void;

let collector: Collector | undefined;

/** Returns when what nobody refers to any more is free for what comes next. For 100,000 people: 0.05 s. */
export function collectGarbage(): void {
  collect('regular');
}

/** The same, and the pages that are left half empty are given back: 0.1 s, against 40 MB that stay with the process otherwise. */
export function releaseMemory(): void {
  collect('last-resort');
}

function collect(flavor: 'regular' | 'last-resort'): void {
  collector ??= findCollector();
  collector({ type: 'major', execution: 'sync', flavor });
}

/** `gc` is only in contexts that are made after the flag was set. */
function findCollector(): Collector {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collector;
}
