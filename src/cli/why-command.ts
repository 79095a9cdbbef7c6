/**
 * `holdfast why LOGIN`, `holdfast why UID` and `holdfast why --group GROUP`.
 */
import { formatAuthorizedKey } from '../directory/authorized-key.ts';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openHost } from '../sync/context.ts';
import { explainLogin, type LoginReport } from '../sync/why/why.ts';
import { explainUid, type UidReport } from '../sync/why/uid.ts';
import { explainGroup } from '../sync/why/group.ts';
import { invocationOf, outputOf, type WhyCommandOptions } from './invocation.ts';
import { renderWhyGroup } from './why-group-text.ts';
import { renderWhy, renderWhyUid } from './why-text.ts';

/** @throws HoldfastError `usage` for both a login and a group, or neither */
export function runWhy(login: string | undefined, options: WhyCommandOptions): ExitStatus {
  const { group } = options;
  if (login !== undefined && group === undefined) return whyLogin(login, options);
  if (login === undefined && group !== undefined) return whyGroup(group, options);
  throw new HoldfastError('usage', `why takes ${login === undefined ? 'a login, a uid or a group' : 'a login or a group, not both'}`, {
    hints: ['holdfast why LOGIN', 'holdfast why UID', 'holdfast why --group GROUP'],
  });
}

/** No login is a number. */
const UID = /^[0-9]+$/;
/** (uid_t) -1 is nobody's. */
const UID_MAX = 4_294_967_294;

function whyLogin(login: string, options: WhyCommandOptions): ExitStatus {
  if (UID.test(login)) return whyUid(Number(login), options);
  const output = outputOf(options);
  const report = explainLogin(openHost(invocationOf(options)), login);
  if (output.json) output.resultJson(loginJson(report));
  else output.result(renderWhy(report));
  return report.canLogIn ? exitStatus.ok : exitStatus.no;
}

function whyUid(uid: number, options: WhyCommandOptions): ExitStatus {
  if (uid > UID_MAX) throw new HoldfastError('usage', `${uid} is no uid; wanted: at most ${UID_MAX}`);
  const output = outputOf(options);
  const report = explainUid(openHost(invocationOf(options)), uid);
  if (output.json) output.resultJson(uidJson(report));
  else output.result(renderWhyUid(report));
  return report.owner?.report.canLogIn === true ? exitStatus.ok : exitStatus.no;
}

function whyGroup(group: string, options: WhyCommandOptions): ExitStatus {
  const output = outputOf(options);
  const report = explainGroup(openHost(invocationOf(options)), group);
  if (output.json) output.resultJson(report);
  else output.result(renderWhyGroup(report));
  return report.known ? exitStatus.ok : exitStatus.no;
}

function uidJson({ uid, owner, sources }: UidReport): unknown {
  return owner === undefined ? { uid, known: false, sources } : { uid, known: true, relation: owner.relation, ...loginJson(owner.report) };
}

function loginJson({ login, canLogIn, because, served, ...facts }: LoginReport): object {
  return { login, canLogIn, because, ...facts, served: { ...served, keys: served.keys.map(formatAuthorizedKey) } };
}
