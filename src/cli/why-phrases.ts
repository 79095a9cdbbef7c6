/**
 * What `why` says of people and groups alike.
 */
import { quote } from '../directory/rejection.ts';
import type { MembershipPath } from '../policy/membership.ts';
import type { LastGoodSource } from '../sync/last-good.ts';
import { age, groups, people } from '../sync/phrases.ts';
import type { HeldRemoval } from '../sync/served.ts';

/** `web-prod ← contractors ← alice`: contractors nests in web-prod, and alice is in contractors. */
export function chainOf({ chain, by }: MembershipPath, person: string): string {
  return `${[...chain, person].join(' ← ')}${by === 'primary group' ? ' (primary group)' : ''}`;
}

/** As it was typed, unless that is no name. */
export function showName(name: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9._@$-]*$/.test(name) ? name : quote(name);
}

export function describeSources(sources: readonly LastGoodSource[]): string[] {
  return sources.map(({ name, ageSeconds, users = 0, groups: groupCount = 0, fault }) => {
    if (fault !== undefined) return `source ${name}: ${fault}`;
    if (ageSeconds === undefined) return `source ${name}: never complete on this host`;
    return `source ${name}: ${people(users)}, ${groups(groupCount)}, complete ${age(ageSeconds)} ago`;
  });
}

export function describeHeld({ ageSeconds, text }: HeldRemoval): string[] {
  return [
    `for ${age(ageSeconds)}, a removal that this name is in: ${text}`,
    'to see it all: holdfast diff; when it is meant: holdfast sync --approve-removals',
  ];
}
