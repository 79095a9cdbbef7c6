/**
 * `holdfast status`: one screen for a tired reader, once or over and over.
 */
import { formatDay } from '../directory/day.ts';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openStatusHost } from '../sync/status/host.ts';
import { readStatus, type Status } from '../sync/status/status.ts';
import { VERSION } from '../version.ts';
import { problemsJson } from './failure-json.ts';
import { hostAccessJson } from './host-access-text.ts';
import { invocationOf, outputOf, type StatusCommandOptions } from './invocation.ts';
import { screenOf } from './screen.ts';
import { renderStatus } from './status-text.ts';
import { watchScreen } from './watch-screen.ts';

export async function runStatus(options: StatusCommandOptions, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  const read = (): Status => readStatus(openStatusHost(invocationOf(options)));
  if (options.watch !== undefined) {
    if (output.json) throw new HoldfastError('usage', '--watch is for people and goes with no --json');
    return await watchScreen(output, { seconds: options.watch, signal }, (screen) => renderStatus(read(), screen));
  }
  const status = read();
  if (output.json) output.resultJson(statusJson(status));
  else output.result(renderStatus(status, screenOf(process.env)));
  output.explains(status.problems.map(({ code }) => code));
  if (status.configurationFault !== undefined) return exitStatus.configuration;
  return status.problems.length === 0 ? exitStatus.ok : exitStatus.no;
}

function emergencyJson(status: Status['emergency']): unknown {
  if (status === undefined) return undefined;
  const { keys, held, problems: _problems, refused: withheld, ...others } = status;
  return {
    ...others,
    keys: keys.map(({ line: _line, ...key }) => key),
    withheld,
    held: held.map(({ digest: _digest, ...one }) => one),
  };
}

function statusJson(status: Status): unknown {
  const {
    manifest,
    generationAgeSeconds,
    lastRun,
    sources,
    hostAccess,
    held,
    heldSummary,
    secretsCopy,
    ledgerRebuilt,
    emergency,
    configurationFault,
    pin,
    problems,
  } = status;
  return {
    holdfast: VERSION,
    ok: problems.length === 0,
    generation: manifest && {
      number: manifest.generation,
      createdAt: manifest.createdAt,
      ageSeconds: generationAgeSeconds,
      why: manifest.why,
      counts: manifest.counts,
    },
    sources,
    ...hostAccessJson(hostAccess),
    quarantined: findingsJson(lastRun, 'quarantined'),
    adjusted: findingsJson(lastRun, 'adjusted'),
    lastRun,
    held: held && { ...held, ...heldSummary },
    pinned: pin,
    emergency: emergencyJson(emergency),
    configuration: configurationFault === undefined ? { ok: true } : { ok: false, ...problemsJson(configurationFault) },
    secretsCopy,
    uidLedgerBegunAnew: ledgerRebuilt && { day: formatDay(ledgerRebuilt.day), fault: ledgerRebuilt.fault },
    problems,
  };
}

function findingsJson(lastRun: Status['lastRun'], verdict: 'quarantined' | 'adjusted'): Record<string, number> {
  const findings = lastRun?.findings.filter((finding) => finding.verdict === verdict) ?? [];
  return Object.fromEntries(findings.map(({ code, count: number }) => [code, number]));
}
