/**
 * The configuration as the policy functions take it.
 */
import { faultOfOwner } from '../config/file-owner.ts';
import { readRegularFile } from '../config/regular-file.ts';
import type { Config } from '../config/schema.ts';
import { RESTRICTING_OPTIONS } from '../directory/key-options.ts';
import { type GroupName, type LoginName, parseGroupName } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import { reservedNames } from '../directory/reserved-names.ts';
import { HoldfastError } from '../errors.ts';
import type { GuardLimits } from '../policy/guards.ts';
import type { AccessPolicy, HostPolicy, IdRange } from '../policy/host-policy.ts';
import { readRevokedKeys } from './revoked-keys.ts';

/** @throws HoldfastError `configuration` when the file of `host_groups` or of `revoked` cannot be read, or has a line that says nothing */
export function hostPolicy({ access, policy, source: sources }: Config): HostPolicy {
  const [firstUid, lastUid] = policy.uid_range;
  const [firstGid, lastGid] = policy.gid_range;
  return {
    access: accessPolicy(access),
    keys: {
      types: new Set(policy.keys.types),
      minRsaBits: policy.keys.min_rsa_bits,
      allowedOptions: allowedOptions(policy.keys.options),
      revoked: readRevokedKeys(policy.keys.revoked),
    },
    uidRange: { first: firstUid, last: lastUid },
    derivedUids: derivedUids(sources),
    gidRange: { first: firstGid, last: lastGid },
    reserved: reservedNames({ users: policy.allow_reserved_users, groups: policy.allow_reserved_groups }),
    defaultShell: policy.default_shell,
    hidden: policy.hidden,
    ...(policy.override_shell === undefined ? {} : { overrideShell: policy.override_shell }),
    ...(policy.home === undefined ? {} : { home: policy.home }),
  };
}

function derivedUids(sources: Config['source']): ReadonlyMap<string, IdRange> {
  const deriving = sources.filter((source) => source.type === 'iam');
  return new Map(deriving.map(({ name, uid_range: [first, last] }) => [name, { first, last }]));
}

/** Names of the options that a key may carry. */
export function allowedOptions(options: Config['policy']['keys']['options']): ReadonlySet<string> {
  if (typeof options !== 'string') return new Set(options);
  return new Set(options === 'allow-list' ? RESTRICTING_OPTIONS : []);
}

export function guardLimits({ guards }: Config): GuardLimits {
  return {
    alwaysAllowed: guards.always_allowed,
    maxRemovedPercent: guards.max_removed_percent,
    maxRemoved: guards.max_removed,
  };
}

function accessPolicy(access: Config['access']): AccessPolicy {
  const ofHost = hostGroups(access.host_groups);
  return {
    everyone: access.everyone,
    allow: { users: access.users, groups: [...access.groups, ...ofHost] },
    hostGroups: ofHost,
    always: access.always,
    deny: access.deny,
    accounts: new Map(Object.entries(access.accounts).map(([account, people]) => [account as LoginName, people])),
  };
}

/** One group a line; blank lines and `#` comments do not count. */
export function hostGroups(reference: string): readonly GroupName[] {
  if (reference === 'none') return [];
  const path = reference.replace(/^file:/, '');
  return readTrusted(path)
    .split('\n')
    .map((line, index) => ({ text: line.replace(/#.*/, '').trim(), line: index + 1 }))
    .filter(({ text }) => text !== '')
    .map(({ text, line }) => {
      const name = parseGroupName(text);
      if (name instanceof Invalid) throw new HoldfastError('configuration', `${path}:${line}: ${name.reason}`);
      return name;
    });
}

/** Who may write it decides who may log in. */
function readTrusted(path: string): string {
  const { bytes, stats } = readRegularFile(path, 'access.host_groups');
  const fault = faultOfOwner(stats, 'write');
  if (fault !== undefined) throw new HoldfastError('configuration', `access.host_groups: "${path}" ${fault}`);
  return bytes.toString('utf8');
}
