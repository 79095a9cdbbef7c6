/**
 * `holdfast approve uid`.
 */
import { quote } from '../directory/rejection.ts';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { ContestedUid } from '../state/contested-uids.ts';
import { approveUids, listContested, type UidApproval } from '../sync/approve-uid.ts';
import { openHost } from '../sync/context.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';
import type { Output } from './render.ts';

export interface ApproveUidOptions extends GlobalOptions, JsonOption {
  readonly list?: boolean;
  readonly all?: boolean;
}

export async function runApproveUid(names: readonly string[], options: ApproveUidOptions): Promise<ExitStatus> {
  const { list = false, all = false } = options;
  if ([list, all, names.length > 0].filter(Boolean).length !== 1) throw whomNotSaid();
  const output = outputOf(options);
  const host = openHost(invocationOf(options));
  if (list) return reportList(output, listContested(host));
  const approval = await approveUids(host, all ? undefined : names);
  return approval.kind === 'approved' ? reportApproved(output, approval.uids) : reportNotWaiting(output, approval);
}

function reportList(output: Output, uids: readonly ContestedUid[]): ExitStatus {
  if (output.json) output.resultJson(uids);
  else output.result(renderList(uids));
  return exitStatus.ok;
}

function reportApproved(output: Output, uids: readonly ContestedUid[]): ExitStatus {
  if (output.json) output.resultJson(uids);
  else output.result(renderApproved(uids));
  if (uids.length > 0) output.hint('it takes effect with the next run: holdfast sync');
  return exitStatus.ok;
}

/** Nothing is wrong with the command: the answer is no. */
function reportNotWaiting(output: Output, { names, waiting }: UidApproval & { readonly kind: 'not-waiting' }): ExitStatus {
  const status = exitStatus.no;
  if (output.json) output.resultJson({ ok: false, exitStatus: status, notWaiting: names, waiting });
  else output.result(renderList(waiting));
  for (const name of names) {
    const text = `nobody with the login or uid ${quote(name)} waits for an approval on this host; nobody was approved`;
    output.event('error', text, 'not-waiting', { name: quote(name) });
  }
  output.hint('a run has to have seen it: holdfast sync; holdfast why LOGIN tells what keeps somebody out');
  return status;
}

function whomNotSaid(): HoldfastError {
  return new HoldfastError('usage', 'approve uid takes logins or uids, or --all, or --list', {
    hints: ['holdfast approve uid --list shows who waits, and why'],
  });
}

function renderList(uids: readonly ContestedUid[]): string {
  if (uids.length === 0) return 'nobody waits for an approval\n';
  return uids
    .map(({ source, login, uid, reason, since, approved }) => {
      const state =
        approved === undefined ? `waiting since ${since.slice(0, 10)}` : `approved ${approved.slice(0, 10)}, waits for the next run`;
      return `${login}  uid ${uid}, source ${source}, ${state}\n   ${reason}\n`;
    })
    .join('');
}

function renderApproved(uids: readonly ContestedUid[]): string {
  if (uids.length === 0) return 'nobody waits for an approval\n';
  return uids.map((one) => `approved: ${describeClaim(one)} (${one.reason})\n`).join('');
}

function describeClaim({ login, uid, source, code }: ContestedUid): string {
  return code === 'name-reused' ? `the one with uid ${uid} of source ${source} may have the name ${login}` : `${login} may have uid ${uid}`;
}
