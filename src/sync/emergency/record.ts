/**
 * Writes down what an emergency run did, so that `status` can say it.
 */
import { GenerationStore } from '../../caches/generation.ts';
import { HoldfastError, messageOf } from '../../errors.ts';
import { exitStatus, exitStatusOf } from '../../exit-status.ts';
import { type EmergencyRun, readEmergencyRun, writeEmergencyRun } from '../../state/emergency-state.ts';
import type { MetricsHost } from '../metrics/facts.ts';
import { leaveMetrics } from '../metrics/textfile.ts';
import { type EmergencyReport, emergencyStatus } from './report.ts';
import type { EmergencyContext } from './context.ts';

export async function recordEmergencyRun(context: EmergencyContext, run: () => Promise<EmergencyReport>): Promise<EmergencyReport> {
  const earlier = readEmergencyRun(context.paths.run);
  try {
    const report = await run();
    writeEmergencyRun(context.paths.run, describeRun(context, report, earlier));
    return { ...report, metricsWarnings: leaveMetrics(metricsHost(context)) };
  } catch (error) {
    tryToRecordFailure(context, error, earlier);
    throw error;
  }
}

function metricsHost({ config, host: paths }: EmergencyContext): MetricsHost {
  return { config, paths, store: new GenerationStore(paths.stateDirectory, { isRoot: false, shadowGid: undefined }) };
}

function describeRun({ now }: EmergencyContext, report: EmergencyReport, earlier: EmergencyRun | undefined): EmergencyRun {
  const finishedAt = now().toISOString();
  const failures = report.objects.flatMap(({ failure }) => failure ?? []);
  const messages = [...failures.map(({ message }) => message), ...report.held.map(({ object, text }) => `${object}: held: ${text}`)];
  return {
    finishedAt,
    outcome: outcomeOf(report, failures.length),
    exitStatus: emergencyStatus(report),
    ...(messages.length === 0 ? {} : { message: messages.join('; ') }),
    objects: report.objects.map(({ object, failure }) => {
      const before = earlier?.objects.find((one) => one.object === object);
      if (failure === undefined) return { object, lastSuccess: finishedAt };
      const failed = { object, failingSince: before?.failingSince ?? finishedAt, error: failure.message };
      return before?.lastSuccess === undefined ? failed : { ...failed, lastSuccess: before.lastSuccess };
    }),
  };
}

function outcomeOf({ held, outcome }: EmergencyReport, failures: number): EmergencyRun['outcome'] {
  if (failures > 0) return 'failed';
  if (held.length > 0) return 'held';
  return outcome === 'written' ? 'written' : 'unchanged';
}

/** The failure itself is what the operator must hear of; that it could not be written down as well is no news. */
function tryToRecordFailure(context: EmergencyContext, error: unknown, earlier: EmergencyRun | undefined): void {
  const { paths, now } = context;
  try {
    writeEmergencyRun(paths.run, {
      finishedAt: now().toISOString(),
      outcome: 'failed',
      exitStatus: error instanceof HoldfastError ? exitStatusOf(error.code) : exitStatus.bug,
      message: messageOf(error),
      objects: earlier?.objects ?? [],
    });
    leaveMetrics(metricsHost(context));
  } catch (recordError) {
    if (!(recordError instanceof HoldfastError)) throw recordError;
  }
}
