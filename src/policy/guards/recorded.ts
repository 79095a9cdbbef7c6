/**
 * Today's rules over what a generation recorded, where no directory can be read: a new denial, a revoked key and silence act all the same.
 *
 * Of a group that no rule named when the generation was made nothing is known: it lets nobody in, and denies nobody.
 */
import type { HostView, PublishedView } from '../../directory/host-view.ts';
import type { GroupName, LoginName } from '../../directory/names.ts';
import { AccessRules, type GroupMembers } from '../access.ts';
import type { AccessPolicy, HostPolicy } from '../host-policy.ts';
import { reduceView } from '../reduced.ts';
import { findSharers } from '../keys/sharers.ts';

/** What is known besides what the generation holds. */
export interface RecordedFacts {
  /** Who must not get in, whatever the rules say. */
  readonly isOut: (name: LoginName) => boolean;
  /** The source that a person is of, undefined where that is not known. */
  readonly sourceOf: (name: LoginName) => string | undefined;
  /** `SHA256:…` of a key's base64 part. */
  readonly fingerprint: (blob: string) => string;
}

const NOBODY: ReadonlySet<LoginName> = new Set();
const NO_SOURCES: ReadonlySet<string> = new Set();

export function reduceRecorded(shown: PublishedView, policy: HostPolicy, facts: RecordedFacts): HostView {
  const groups = recordedGroups(shown);
  const staleSources = policy.staleSources ?? NO_SOURCES;
  const rules = new AccessRules(policy.access, groups, (name) => isStale(facts.sourceOf(name), staleSources));
  const sharers = new Map([...policy.access.accounts.keys()].map((account) => [account, sharersOf(account, policy.access, groups)]));
  const view = reduceView(shown, {
    mayLogIn: (name) => rules.decide(name).granted && !facts.isOut(name),
    mayShare: (account, person) => sharers.get(account)?.has(person) === true && rules.mayShare(person) && !facts.isOut(person),
    isShared: (login) => sharers.has(login) && !rules.isDenied(login),
    revoked: policy.keys.revoked,
    fingerprint: facts.fingerprint,
  });
  const logins = [...shown.keys.keys()];
  const [firstStale = ''] = staleSources;
  return {
    ...view,
    entitled: new Set(logins.filter((name) => rules.decide(name).granted)),
    refused: rules.denied().union(new Set(logins.filter(facts.isOut))),
    staleDenied: new Map(
      logins.flatMap((name) => (rules.decide(name).rule === 'stale' ? [[name, facts.sourceOf(name) ?? firstStale]] : [])),
    ),
  };
}

/** Rules that let in everybody whom they do not keep out: for when today's would leave nobody of those who are known. */
export function lettingIn(policy: HostPolicy): HostPolicy {
  return { ...policy, access: { ...policy.access, everyone: true } };
}

function recordedGroups({ accessGroups }: PublishedView): GroupMembers {
  const members = (group: GroupName): ReadonlySet<LoginName> => new Set(accessGroups.get(group) ?? NOBODY);
  return { members, everybody: members };
}

function sharersOf(account: LoginName, access: AccessPolicy, groups: GroupMembers): ReadonlySet<LoginName> {
  return new Set(findSharers(account, access, groups).map(({ name }) => name));
}

/** Somebody of whom nobody knows the source may be of a stale one. */
function isStale(source: string | undefined, staleSources: ReadonlySet<string>): boolean {
  return source === undefined ? staleSources.size > 0 : staleSources.has(source);
}
