/**
 * Why somebody who is shown now, or has keys now, would not be or have any more: a few words for whoever reads a plan.
 */
import type { HostView } from '../../directory/host-view.ts';
import type { LoginName } from '../../directory/names.ts';
import type { MapName, Rejection } from '../../directory/rejection.ts';
import type { HostPolicy } from '../host-policy.ts';
import type { Plan } from '../plan.ts';

/** By map and name. */
export interface RemovalReasons {
  readonly passwd: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, string>;
}

/** Codes that wait for somebody to say that they are meant. */
const CONTESTED: ReadonlySet<string> = new Set(['uid-reused', 'uid-changed', 'name-reused']);

/** Only of those who lose something: in a plan without removals nothing is looked up. */
export function explainRemovals({ passwd, keys }: Plan, view: HostView, policy: Pick<HostPolicy, 'hidden'>): RemovalReasons {
  const losers = new Set([...passwd.removed, ...keys.removed].map(({ key }) => key));
  const quarantined = new Map<string, Rejection>();
  if (losers.size > 0) {
    for (const rejection of view.rejections) {
      const place = placeOf(rejection.map, rejection.key);
      if (rejection.verdict === 'quarantined' && losers.has(rejection.key) && !quarantined.has(place)) quarantined.set(place, rejection);
    }
  }
  const ofPasswd = (name: string): string =>
    describeRejection(name, quarantined.get(placeOf('passwd', name))) ?? describeGone(name, view, policy);
  const gone = new Map(passwd.removed.map(({ key }) => [key, ofPasswd(key)]));
  const ofKeys = (name: string): string =>
    gone.get(name) ?? explainKeys(name as LoginName, view, describeRejection(name, quarantined.get(placeOf('keys', name))));
  return { passwd: gone, keys: new Map(keys.removed.map(({ key }) => [key, ofKeys(key)])) };
}

function placeOf(map: MapName, name: string): string {
  return `${map} ${name}`;
}

function describeRejection(name: string, rejection: Rejection | undefined): string | undefined {
  if (rejection === undefined) return undefined;
  const approval = CONTESTED.has(rejection.code) ? `; when it is meant: holdfast approve uid ${name}` : '';
  return `withheld (${rejection.code}): ${rejection.reason}${approval}`;
}

/** A host that hides people shows nobody without access. */
function describeGone(name: string, { refused }: HostView, { hidden }: Pick<HostPolicy, 'hidden'>): string {
  if (!hidden) return 'gone from the directory';
  return refused.has(name as LoginName) ? 'refused by a deny rule' : 'gone from the directory, or without access here (hidden = true)';
}

function explainKeys(name: LoginName, view: HostView, withheld: string | undefined): string {
  if (view.refused.has(name) && !view.refusedBySource.has(name)) return 'refused by a deny rule';
  if (withheld !== undefined) return withheld;
  if (view.refused.has(name)) return 'refused by the directory, in an answer that a guard holds';
  const source = view.staleDenied.get(name);
  if (source !== undefined) return `source "${source}" has been silent for too long`;
  if (view.keysWithheld.has(name)) return 'all of its keys are revoked or too old';
  return view.entitled.has(name) ? 'no key of it is left in the directory' : 'no access rule lets it in any more';
}
