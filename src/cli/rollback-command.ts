/**
 * `holdfast rollback`.
 */
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { MapPlan } from '../policy/map-plan.ts';
import type { PinRecord } from '../state/pin.ts';
import { openHost } from '../sync/context.ts';
import { count, some } from '../sync/phrases.ts';
import { describePin } from '../sync/rollback/pinned.ts';
import { release, rollBack, type RollbackReport, type Withheld } from '../sync/rollback/rollback.ts';
import { auditJson, reportAudit } from './audit-text.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';
import type { Output } from './render.ts';

export interface RollbackCommandOptions extends GlobalOptions, JsonOption {
  readonly restoreAccess?: boolean;
  readonly dryRun?: boolean;
  readonly release?: boolean;
}

/** People that are named one by one. */
const SHOWN_MAX = 20;

export async function runRollback(target: number | undefined, options: RollbackCommandOptions): Promise<ExitStatus> {
  const { restoreAccess = false, dryRun = false } = options;
  if (options.release === true) return await runRelease(target, options);
  const output = outputOf(options);
  const report = await rollBack(openHost(invocationOf(options)), { target, restoreAccess, dryRun });
  if (output.json) output.resultJson(rollbackJson(report, dryRun));
  else renderRollback(output, report, { restoreAccess, dryRun });
  reportAudit(output, report.audit, 'the rollback is done');
  return exitStatus.ok;
}

async function runRelease(target: number | undefined, options: RollbackCommandOptions): Promise<ExitStatus> {
  if (target !== undefined || options.restoreAccess === true || options.dryRun === true) {
    throw new HoldfastError('usage', '--release takes no generation and no other option of rollback');
  }
  const output = outputOf(options);
  const host = openHost(invocationOf(options));
  const released = await release(host);
  if (output.json) output.resultJson(released === undefined ? { released: false } : { released: true, pin: released.pin });
  else if (released === undefined) output.event('info', 'nothing is pinned: there was nothing to release', 'release-unused', {});
  else {
    output.event('info', `released: this host was ${describePin(released.pin, host.now())}`, 'released', targetOf(released.pin));
    output.hint('what serves stays until the next run: holdfast diff shows what that changes, holdfast sync does it now');
  }
  reportAudit(output, released?.audit, 'it is released');
  return released === undefined ? exitStatus.no : exitStatus.ok;
}

function targetOf(pin: object): { readonly target?: number } {
  return 'target' in pin ? { target: (pin as PinRecord).target } : {};
}

interface Manner {
  readonly restoreAccess: boolean;
  readonly dryRun: boolean;
}

function renderRollback(output: Output, report: RollbackReport, { restoreAccess, dryRun }: Manner): void {
  const { target, targetCreatedAt, plan, returned, generation } = report;
  const changes = { passwd: summary(plan.passwd), group: summary(plan.group), keys: summary(plan.keys) };
  const shown = `what generation ${target} of ${targetCreatedAt.slice(0, 19)}Z showed`;
  const what = `(passwd ${changes.passwd}, group ${changes.group}, keys ${changes.keys})`;
  const text = dryRun ? `would go back to ${shown} ${what}` : `PINNED: generation ${generation} serves ${shown} ${what}`;
  output.event(dryRun ? 'info' : 'warning', text, 'rollback', { target, generation, ...changes });
  renderLosers(output, report);
  if (returned.keys.size > 0) {
    const names = some([...returned.keys.keys()].sort(), SHOWN_MAX);
    const given = `${count(returned.keys.size, 'login gets keys', 'logins get keys')} back: ${names}`;
    output.event('warning', given, 'rollback-returned', { count: returned.keys.size, names });
  }
  if (returned.members.size > 0) output.event('warning', `members come back: ${listMembers(returned.members)}`, 'rollback-returned', {});
  renderWithheld(output, report, restoreAccess);
  renderOthers(output, report);
  if (dryRun) output.hint(`to do it: holdfast rollback ${target}${restoreAccess ? ' --restore-access' : ''}`);
  else output.hint('runs go on and add nothing, until: holdfast rollback --release');
}

/** Whoever came after it. */
function renderLosers(output: Output, { plan: { keys } }: RollbackReport): void {
  if (keys.removed.length === 0) return;
  const names = some(
    keys.removed.map(({ key }) => key),
    SHOWN_MAX,
  );
  const text = `${count(keys.removed.length, 'login has', 'logins have')} no keys by it: ${names}`;
  output.event('warning', text, 'rollback-lost', { count: keys.removed.length, names });
}

function renderWithheld(output: Output, { target, withheld, membersWithheld }: RollbackReport, restoreAccess: boolean): void {
  for (const { login, keys, reason, restorable } of withheld.slice(0, SHOWN_MAX)) {
    const never = restorable ? '' : '; a rollback gives it to nobody who is refused';
    const text = `kept out: ${login}, ${count(keys, 'key', 'keys')} of then: ${reason}${restorable ? '' : never}`;
    output.event('warning', text, 'rollback-withheld', { login, keys, reason });
  }
  if (withheld.length > SHOWN_MAX)
    output.event('warning', `kept out: ${withheld.length - SHOWN_MAX} more; --json lists them`, 'rollback-withheld', {});
  if (membersWithheld.size > 0)
    output.event('warning', `memberships of then that stay gone: ${listMembers(membersWithheld)}`, 'rollback-withheld', {});
  const isThereMore = membersWithheld.size > 0 || withheld.some(isRestorable);
  if (isThereMore && !restoreAccess)
    output.hint(`to give that back to all who are not refused: holdfast rollback ${target} --restore-access`);
}

function isRestorable({ restorable }: Withheld): boolean {
  return restorable;
}

function renderOthers(output: Output, { leftOut, renumbered }: RollbackReport): void {
  if (leftOut.length > 0) {
    const text = `left out, since the name or number is somebody else's now: ${some(leftOut, SHOWN_MAX)}`;
    output.event('warning', text, 'rollback-left-out', { count: leftOut.length });
  }
  if (renumbered.length === 0) return;
  const text = `these have another number now, which they keep: ${some(renumbered, SHOWN_MAX)}`;
  output.event('warning', text, 'rollback-left-out', { count: renumbered.length });
}

function listMembers(members: RollbackReport['membersWithheld']): string {
  return some(
    [...members].map(([group, names]) => `${group} (${some(names, 3)})`),
    SHOWN_MAX,
  );
}

function summary({ added, removed, changed }: MapPlan<unknown>): string {
  return `+${added.length} -${removed.length} ~${changed.length}`;
}

function rollbackJson({ plan, returned, membersWithheld, audit, ...report }: RollbackReport, dryRun: boolean): unknown {
  const { passwd, group, keys } = plan;
  return {
    dryRun,
    ...report,
    changes: { passwd: summary(passwd), group: summary(group), keys: summary(keys) },
    withoutKeys: keys.removed.map(({ key }) => key),
    returned: { keys: Object.fromEntries(returned.keys), members: Object.fromEntries(returned.members) },
    membersWithheld: Object.fromEntries(membersWithheld),
    ...(audit === undefined ? {} : { audit: auditJson(audit) }),
  };
}
