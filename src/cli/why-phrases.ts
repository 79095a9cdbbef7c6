/**
 * What `why` says of people and groups alike.
 */
import { quote } from '../directory/rejection.ts';
import type { MembershipChain, MembershipPath } from '../policy/membership/membership-way.ts';
import type { LastGoodSource } from '../sync/last-good.ts';
import { age, groups, people } from '../sync/phrases.ts';
import type { HeldRemoval } from '../sync/served.ts';

/** `web-prod ← contractors ← alice`: contractors nests in web-prod, and alice is in contractors. */
export function showPath(path: MembershipPath, person: string): string {
  return `${showChain(path)} ← ${person}${path.by === 'primary group' ? ' (primary group)' : ''}`;
}

/** `web-prod ← … 12 more … ← contractors` */
export function showChain({ chain, leftOut }: MembershipChain): string {
  const [first, ...others] = chain as readonly string[];
  return [first, ...(leftOut === undefined ? [] : [`… ${leftOut.toLocaleString('en-US')} more …`]), ...others].join(' ← ');
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

export function describeHeld({ ageSeconds, text }: HeldRemoval, what = 'this name'): string[] {
  return [
    `for ${age(ageSeconds)}, a removal that ${what} is in: ${text}`,
    'to see it all: holdfast diff; when it is meant: holdfast sync --approve-removals',
  ];
}
