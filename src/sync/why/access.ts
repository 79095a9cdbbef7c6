/**
 * Which rule lets a login in, or keeps it out, and by which groups.
 */
import type { GroupName, LoginName } from '../../directory/names.ts';
import { nearest } from '../../directory/nearest.ts';
import { type AccessDecision, rulesNaming } from '../../policy/access.ts';
import type { Claims } from '../../policy/uids/claims.ts';
import type { AccessPolicy, HostGrant } from '../../policy/host-policy.ts';
import type { Membership } from '../../policy/membership/membership.ts';
import type { MembershipPath } from '../../policy/membership/membership-way.ts';
import { allowedHere, grantBehind, type HostGroups } from '../../policy/host-grants.ts';
import { findSharers } from '../../policy/keys/sharers.ts';
import type { LastGood } from '../last-good.ts';

export interface AccessReport {
  readonly decision: AccessDecision;
  /** From the group that the rule names to the person; absent when the rule names the person, or everyone. */
  readonly path?: MembershipPath;
  /** The access group of this host that lets them in; absent when [access] itself does. */
  readonly grant?: HostGrant;
  /** The access groups that this host has, where any are configured. */
  readonly hostGroups?: readonly HostGroups[];
  /** What a deny rule wins over. */
  readonly overruled?: AccessDecision;
  /** The groups that let somebody in: for whom none of them has. */
  readonly admitting: readonly string[];
  /** Groups that let somebody in, if the directory had them, with the keys of the configuration that name them. */
  readonly unknown: readonly UnknownGroup[];
}

export interface UnknownGroup {
  readonly group: string;
  readonly rules: readonly string[];
  /** What may have been meant. */
  readonly similar?: string;
}

/** Somebody whose keys a shared account takes. */
export interface SharerReport {
  readonly name: LoginName;
  readonly path?: MembershipPath;
  readonly denied: boolean;
}

export function explainAccess({ judgement, policy, hostAccess }: LastGood, login: LoginName): AccessReport {
  const { rules, membership, claims } = judgement;
  const groups = [...new Set([...policy.access.always.groups, ...allowedHere(policy.access).groups])];
  const decision = rules.decide(login);
  const group = 'group' in decision ? decision.group : undefined;
  const path = group === undefined ? undefined : pathTo(group, login, decision, membership);
  const undenied = rules.decideUndenied(login);
  const hostGroups = hostAccess.groups.map(({ reference, groups: names = [] }) => ({ reference, groups: names }));
  const grant = decision.rule === 'allow' ? grantBehind(policy.access, login, group) : undefined;
  return {
    decision,
    ...(path === undefined ? {} : { path }),
    ...(grant === undefined ? {} : { grant }),
    ...(hostGroups.length === 0 ? {} : { hostGroups }),
    ...(decision.rule === 'deny' && undenied.granted ? { overruled: undenied } : {}),
    admitting: groups.filter((name) => claims.groups.has(name)),
    unknown: groups.filter((name) => !claims.groups.has(name)).map((name) => describeUnknown(name, policy.access, claims)),
  };
}

function describeUnknown(group: GroupName, access: AccessPolicy, { groups }: Claims): UnknownGroup {
  const similar = nearest(group, [...groups.keys()]);
  return { group, rules: rulesNaming(access, group), ...(similar === undefined ? {} : { similar }) };
}

function pathTo(group: GroupName, login: LoginName, { granted }: AccessDecision, membership: Membership): MembershipPath | undefined {
  return granted ? membership.path(group, login) : membership.denialPath(group, login);
}

export function explainSharers({ judgement, policy }: LastGood, account: LoginName): SharerReport[] {
  const { rules, membership } = judgement;
  return findSharers(account, policy.access, membership).map(({ name, group }) => {
    const path = group === undefined ? undefined : membership.path(group, name);
    return { name, denied: rules.isDenied(name), ...(path === undefined ? {} : { path }) };
  });
}
