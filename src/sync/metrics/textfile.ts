/**
 * The file that node_exporter's textfile collector reads: left by each run, and what is wrong with it spoils none.
 */
import { dirname, join } from 'node:path';
import type { Manifest } from '../../caches/manifest.ts';
import { errnoOf, HoldfastError, messageOf } from '../../errors.ts';
import { holdLock } from '../../host/lock.ts';
import { replaceOpenFile } from '../../host/open-file.ts';
import type { RunWarning } from '../run-warning.ts';
import { formatSamples } from './exposition.ts';
import { type MetricsHost, readFacts } from './facts.ts';
import { sampleFacts } from './samples.ts';

/** Milliseconds: whoever holds it writes a few kilobytes. */
const LOCK_PATIENCE = 2000;

/** @throws HoldfastError `cache-failed` */
export function renderMetrics(host: MetricsHost, known?: Manifest): string {
  return formatSamples(sampleFacts(readFacts(host, known)));
}

/**
 * After the run's own record is written. A sync and an emergency run may be at it at once: each reads and writes under a lock, so that
 * the last to write knows of both.
 *
 * @returns what to warn of
 */
export function leaveMetrics(host: MetricsHost, known?: Manifest): readonly RunWarning[] {
  const { textfile } = host.config?.metrics ?? {};
  if (textfile === undefined) return [];
  const path = join(host.paths.root, textfile);
  try {
    using _lock = holdLock(host.paths.metricsLock, LOCK_PATIENCE);
    replaceOpenFile(path, renderMetrics(host, known));
    return [];
  } catch (error) {
    if (!(error instanceof HoldfastError) && errnoOf(error) === undefined) throw error;
    return [
      { code: 'metrics-not-written', text: `metrics: cannot write "${path}": ${messageOf(error)}`, hint: hintFor(error, dirname(path)) },
    ];
  }
}

function hintFor(error: unknown, folder: string): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return `is node_exporter installed? The folder has to be there: mkdir -p ${folder}`;
    case 'EROFS':
      return `in a drop-in of both services: ReadWritePaths=${folder} (systemctl edit holdfast.service)`;
    case 'EACCES':
      return `root alone has to own it, for the service may not write to what others own: ls -ld ${folder}`;
    default:
      return `look at it: ls -la ${folder}`;
  }
}
