/**
 * Names in [access] that lead nowhere: groups that the directory does not have, shared accounts that nothing resolves.
 */
import type { Config } from '../../config/schema.ts';
import type { HostView } from '../../directory/host-view.ts';
import { quote } from '../../directory/rejection.ts';
import { nameOfGrant } from '../../policy/host-grants.ts';
import type { HostGrant } from '../../policy/host-policy.ts';
import type { AccessFault } from '../../state/run-record.ts';
import { similarNames } from '../similar-names.ts';
import type { StatusProblem } from '../status/problem.ts';

/** A list that was written by a program may have thousands. */
const FAULTS_MAX = 50;
/** So many get a suggestion: each is compared with all that there are, in every run. */
const SUGGESTIONS_MAX = 5;

export function findAccessFaults({ unknownGroups, unknownAccounts, group, passwd }: HostView): AccessFault[] {
  const groups = [...unknownGroups]
    .slice(0, FAULTS_MAX)
    .map((name, index): AccessFault => ({ map: 'group', name, similar: index < SUGGESTIONS_MAX ? similarTo(name, group) : [] }));
  const accounts = unknownAccounts
    .slice(0, FAULTS_MAX)
    .map((name, index): AccessFault => ({ map: 'passwd', name, similar: index < SUGGESTIONS_MAX ? similarTo(name, passwd) : [] }));
  return [...groups, ...accounts];
}

function similarTo(name: string, known: readonly { readonly name: string }[]): string[] {
  return similarNames(
    name,
    known.map((entry) => entry.name),
  ).slice(0, 3);
}

/** Of what the last run found, as far as the present configuration still says it. */
export function checkAccess(access: Config['access'], hostGrants: readonly HostGrant[], faults: readonly AccessFault[]): StatusProblem[] {
  return faults.flatMap(({ map, name, similar }) => {
    const guess = similar.length === 0 ? '' : `; did you mean ${similar.map(quote).join(' or ')}?`;
    if (map === 'passwd') return Object.hasOwn(access.accounts, name) ? [describeAccount(name, guess)] : [];
    return [...keysNaming(access, name), ...grantsNaming(hostGrants, name)].map((key) => describeGroup(key, name, guess));
  });
}

function describeAccount(name: string, guess: string): StatusProblem {
  return {
    code: 'access-rule-leads-nowhere',
    text: `access.accounts.${name}: neither this host nor the directory has an account ${quote(name)}, so nobody can log in as it${guess}`,
    hint: `useradd it here, or have it in the directory; or take it out of the configuration`,
  };
}

function describeGroup(key: string, name: string, guess: string): StatusProblem {
  const effect = key.startsWith('access.deny') ? 'it denies nobody' : 'it lets nobody in';
  return {
    code: 'access-rule-leads-nowhere',
    text: `${key} names ${quote(name)}, but the directory has no such group: ${effect}${guess}`,
    hint: `mend ${key}, or make the group; then holdfast sync`,
  };
}

/** The keys of the configuration that name a group. */
function keysNaming({ groups, always, deny, accounts }: Config['access'], name: string): string[] {
  const lists: (readonly [string, readonly string[]])[] = [
    ['access.groups', groups],
    ['access.always.groups', always.groups],
    ['access.deny.groups', deny.groups],
    ...Object.entries(accounts).map(([account, people]) => [`access.accounts.${account}.groups`, people.groups] as const),
  ];
  return lists.filter(([, list]) => list.includes(name)).map(([key]) => key);
}

/** The access groups of this host that come to a group of the directory. */
function grantsNaming(hostGrants: readonly HostGrant[], name: string): string[] {
  return hostGrants.filter(({ people }) => people?.groups.some((group) => group === name)).map(nameOfGrant);
}
