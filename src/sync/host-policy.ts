/**
 * The configuration as the policy functions take it.
 */
import type { Config } from '../config/schema.ts';
import { RESTRICTING_OPTIONS } from '../directory/key-options.ts';
import type { LoginName } from '../directory/names.ts';
import { reservedNames } from '../directory/reserved-names.ts';
import type { GuardLimits } from '../policy/guards/guards.ts';
import type { AccessPolicy, HostPolicy, IdRange } from '../policy/host-policy.ts';
import { readRevokedKeys } from './keys/revoked-keys.ts';

/**
 * Without the access groups of this host, which are read and not configured.
 *
 * @throws HoldfastError `configuration` when the file of `revoked` cannot be read, or has a line that says nothing
 */
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
  return {
    everyone: access.everyone,
    allow: { users: access.users, groups: access.groups },
    always: access.always,
    deny: access.deny,
    accounts: new Map(Object.entries(access.accounts).map(([account, people]) => [account as LoginName, people])),
  };
}
