/**
 * `holdfast sync` and `holdfast diff`.
 */
import type { ExitStatus } from '../exit-status.ts';
import { openSources } from '../sync/sources/open-sources.ts';
import { openHost, type SyncContext } from '../sync/context.ts';
import type { Approval } from '../sync/hold.ts';
import { Secrets } from '../sync/secrets/secrets.ts';
import { readSshdClock } from '../sync/sshd-clock.ts';
import { withHostAccess } from '../sync/host-access/host-access.ts';
import { readInstanceId } from '../sync/host-access/instance-id.ts';
import { hostAccessSources } from '../sync/host-access/sources.ts';
import { guardLimits, hostPolicy } from '../sync/host-policy.ts';
import { readHostAccess, recallHostAccess } from '../sync/host-access/read-host-access.ts';
import { diffStatus, syncStatus } from '../sync/report.ts';
import { diff, sync } from '../sync/sync.ts';
import { diffJson, renderDiff } from './diff-text.ts';
import { reportHostAccess } from './host-access-text.ts';
import { invocationOf, outputOf, type SyncCommandOptions } from './invocation.ts';
import type { Output } from './render.ts';
import { renderSync, reportAccess, reportSources, syncJson } from './sync-text.ts';
import { reportWarnings } from './warnings-text.ts';
import { count } from '../sync/phrases.ts';

export async function runSync(options: SyncCommandOptions, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  const report = await sync(await openAuditedSync(options, output, signal), { approval: approvalOf(options) });
  if (output.json) output.resultJson(syncJson(report));
  renderSync(output, report);
  return syncStatus(report);
}

export async function runDiff(options: SyncCommandOptions, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  const report = await diff(openSync(options, output, signal));
  if (output.json) output.resultJson(diffJson(report));
  else output.result(renderDiff(report));
  reportSources(output, report.sources);
  reportHostAccess(output, report.hostAccess);
  reportAccess(output, report.accessFindings);
  reportWarnings(output, report.warnings);
  return diffStatus(report);
}

function approvalOf({ approveRemovals }: SyncCommandOptions): Approval | undefined {
  if (approveRemovals === undefined || approveRemovals === false) return undefined;
  return approveRemovals === true ? {} : { digest: approveRemovals };
}

/** Whoever writes down what changes says on which instance. */
async function openAuditedSync(options: SyncCommandOptions, output: Output, signal: AbortSignal): Promise<SyncContext> {
  const context = openSync(options, output, signal);
  return { ...context, instanceId: await readInstanceId(context, signal) };
}

function openSync(options: SyncCommandOptions, output: Output, signal: AbortSignal): SyncContext {
  const host = openHost(invocationOf(options));
  const secrets = new Secrets(host);
  const started = performance.now();
  return {
    ...host,
    sources: openSources(host, secrets),
    secrets,
    policy: withHostAccess(hostPolicy(host.config), recallHostAccess(host)),
    readHostAccess: async () => await readHostAccess(host, hostAccessSources(host.config, signal)),
    sshdClock: () => readSshdClock(host),
    guards: guardLimits(host.config),
    signal,
    onProgress: (source, { entries, from }) => {
      const rate = Math.round(entries / ((performance.now() - started) / 1000));
      output.progress(`${source}: ${count(entries, 'entry', 'entries')} from ${from}, ${rate.toLocaleString('en-US')} a second`);
    },
  };
}
