/**
 * `holdfast approve uid`.
 */
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { ContestedUid } from '../state/contested-uids.ts';
import { approveUids, listContested } from '../sync/approve-uid.ts';
import { openHost } from '../sync/context.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';

export interface ApproveUidOptions extends GlobalOptions, JsonOption {
  readonly list?: boolean;
  readonly all?: boolean;
}

export async function runApproveUid(names: readonly string[], options: ApproveUidOptions): Promise<ExitStatus> {
  const { list = false, all = false } = options;
  if ([list, all, names.length > 0].filter(Boolean).length !== 1) throw whomNotSaid();
  const output = outputOf(options);
  const host = openHost(invocationOf(options));
  const uids = list ? listContested(host) : await approveUids(host, all ? undefined : names);
  if (output.json) output.resultJson(uids);
  else output.result(list ? renderList(uids) : renderApproved(uids));
  if (!list && uids.length > 0) output.hint('it takes effect with the next run: holdfast sync');
  return exitStatus.ok;
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
  return uids.map(({ login, uid, reason }) => `approved: ${login} may have uid ${uid} (${reason})\n`).join('');
}
