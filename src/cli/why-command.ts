/**
 * `holdfast why USER` and `holdfast why --group GROUP`.
 */
import { formatAuthorizedKey } from '../directory/authorized-key.ts';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openHost } from '../sync/context.ts';
import { explainLogin, type LoginReport } from '../sync/why.ts';
import { explainGroup } from '../sync/why-group.ts';
import { invocationOf, outputOf, type WhyCommandOptions } from './invocation.ts';
import { renderWhyGroup } from './why-group-text.ts';
import { renderWhy } from './why-text.ts';

/** @throws HoldfastError `usage` for both a login and a group, or neither */
export function runWhy(login: string | undefined, options: WhyCommandOptions): ExitStatus {
  const { group } = options;
  if (login !== undefined && group === undefined) return whyLogin(login, options);
  if (login === undefined && group !== undefined) return whyGroup(group, options);
  throw new HoldfastError('usage', `why takes ${login === undefined ? 'a login or a group' : 'a login or a group, not both'}`, {
    hints: ['holdfast why LOGIN', 'holdfast why --group GROUP'],
  });
}

function whyLogin(login: string, options: WhyCommandOptions): ExitStatus {
  const output = outputOf(options);
  const report = explainLogin(openHost(invocationOf(options)), login);
  if (output.json) output.resultJson(loginJson(report));
  else output.result(renderWhy(report));
  return report.canLogIn ? exitStatus.ok : exitStatus.no;
}

function whyGroup(group: string, options: WhyCommandOptions): ExitStatus {
  const output = outputOf(options);
  const report = explainGroup(openHost(invocationOf(options)), group);
  if (output.json) output.resultJson(report);
  else output.result(renderWhyGroup(report));
  return report.known ? exitStatus.ok : exitStatus.no;
}

function loginJson({ login, canLogIn, because, served, ...facts }: LoginReport): unknown {
  return { login, canLogIn, because, ...facts, served: { ...served, keys: served.keys.map(formatAuthorizedKey) } };
}
