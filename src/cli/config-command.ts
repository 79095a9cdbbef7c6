/**
 * `holdfast config check | show | schema`.
 */
import { stringify } from 'smol-toml';
import { z } from 'zod';
import { loadConfig } from '../config/load.ts';
import { reportAll } from '../config/report-all.ts';
import { configSchema } from '../config/schema.ts';
import { showConfig } from '../config/show.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { configPath } from '../sync/context.ts';
import { hostPolicy } from '../sync/host-policy.ts';
import { secretChecks } from '../sync/ldap-settings.ts';
import { openSource } from '../sync/open-sources.ts';
import { type GlobalOptions, type JsonOption, outputOf } from './invocation.ts';

/** Reads certificates and secrets too: a file that is missing at three in the morning is missing now. */
export function runConfigCheck(options: GlobalOptions & JsonOption): ExitStatus {
  const output = outputOf(options);
  const path = configPath(options);
  const config = loadConfig(path);
  const checks = config.source.flatMap((source) => [...secretChecks(source), () => openSource(source, Date.now)]);
  reportAll([() => hostPolicy(config), ...checks]);
  if (output.json) output.resultJson({ file: path, ok: true });
  else output.result(`${path}: ok\n`);
  return exitStatus.ok;
}

export function runConfigShow(options: GlobalOptions & JsonOption): ExitStatus {
  const output = outputOf(options);
  const shown = showConfig(loadConfig(configPath(options)));
  if (output.json) output.resultJson(shown);
  else output.result(`${stringify(shown)}\n`);
  return exitStatus.ok;
}

export function runConfigSchema(): ExitStatus {
  outputOf({}).resultJson(z.toJSONSchema(configSchema, { io: 'input' }));
  return exitStatus.ok;
}
