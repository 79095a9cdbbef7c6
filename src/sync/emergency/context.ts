/**
 * What the emergency commands work with. Of the configuration it is [emergency], [policy.keys], [aws] and [state]: no source is
 * opened and no certificate read, so that a broken directory breaks nothing here.
 */
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { Config, EmergencyConfig } from '../../config/schema.ts';
import { HoldfastError } from '../../errors.ts';
import type { HostPaths } from '../../host/paths.ts';
import type { KeyPolicy } from '../../policy/host-policy.ts';
import type { AuditLogSettings } from '../../state/audit-log.ts';
import { logSettings } from '../audit/audit.ts';
import { configPath, type Invocation, pathsOf, refuseOthers } from '../context.ts';
import { allowedOptions } from '../host-policy.ts';
import { readInstanceId } from '../host-access/instance-id.ts';
import { readRevokedKeys } from '../keys/revoked-keys.ts';

export interface EmergencyContext {
  readonly config: Config;
  readonly emergency: EmergencyConfig;
  readonly paths: EmergencyPaths;
  readonly keys: KeyPolicy;
  readonly host: HostPaths;
  readonly auditLog: AuditLogSettings;
  readonly readInstanceId: () => Promise<string | undefined>;
  readonly now: () => Date;
}

export interface EmergencyPaths {
  /** What sshd gets. */
  readonly file: string;
  readonly folder: string;
  readonly lock: string;
  readonly state: string;
  readonly run: string;
}

/** @param signal ends what is asked of instance metadata @throws HoldfastError `configuration`, `not-root` */
export function openEmergency(invocation: Invocation, signal: AbortSignal): EmergencyContext {
  refuseOthers(invocation);
  const path = configPath(invocation);
  const config = loadConfig(path);
  const { emergency } = config;
  if (emergency === undefined) throw notConfigured(path);
  const host = pathsOf(invocation, config);
  return {
    config,
    emergency,
    paths: emergencyPaths(host, emergency),
    keys: emergencyKeyPolicy(config, emergency),
    host,
    auditLog: logSettings({ config, paths: host }),
    readInstanceId: async () => await readInstanceId({ config, paths: host }, signal),
    now: invocation.now,
  };
}

export function emergencyPaths(host: HostPaths, { file }: EmergencyConfig): EmergencyPaths {
  return { file: join(host.root, file), ...emergencyStatePaths(host) };
}

/** What is there whether or not [emergency] still is. */
export function emergencyStatePaths({ emergencyState: folder }: HostPaths): Omit<EmergencyPaths, 'file'> {
  return {
    folder,
    lock: join(folder, 'lock'),
    state: join(folder, 'objects.json'),
    run: join(folder, 'last-run.json'),
  };
}

/** @throws HoldfastError `configuration` when the list of revoked keys cannot be read, or has a line that says nothing */
export function emergencyKeyPolicy({ policy }: Config, { options }: EmergencyConfig): KeyPolicy {
  return {
    types: new Set(policy.keys.types),
    minRsaBits: policy.keys.min_rsa_bits,
    allowedOptions: allowedOptions(options),
    revoked: readRevokedKeys(policy.keys.revoked),
  };
}

function notConfigured(path: string): HoldfastError {
  return new HoldfastError('configuration', `${path}: there is no [emergency]; wanted: [emergency] with objects = ["s3://bucket/key"]`, {
    detail: 'emergency-not-configured',
    hints: ['or nobody wants emergency keys here: systemctl disable --now holdfast-emergency.timer, and remove the file that sshd reads'],
  });
}
