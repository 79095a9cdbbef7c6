/**
 * Which login name and uid each person of IAM has here; whoever would share one with another goes without.
 *
 * A name that two want is the one's to whom the configuration gives it, else the one's who had it here before, else nobody's: whoever may make or
 * rename users in IAM must not become somebody else by it. A uid that two get stays likewise, else with the one who was made first.
 */
import { type CharacterMap, linuxNameOf } from '../../directory/iam-names.ts';
import { type LoginName, parseLoginName } from '../../directory/names.ts';
import { Invalid, quote } from '../../directory/rejection.ts';
import { derivedUid, type UidRange } from './derived-uid.ts';
import type { IamPerson } from './iam-directory.ts';

export interface IdentitySettings {
  readonly characters: CharacterMap;
  readonly uidRange: UidRange;
  /** What the configuration says, by UserId. */
  readonly given: ReadonlyMap<string, { readonly name?: LoginName | undefined; readonly uid?: number | undefined }>;
}

/** Whom this host had, by UserId. */
export type KnownIdentities = ReadonlyMap<string, { readonly name: string; readonly uid: number }>;

export interface Identity {
  readonly person: IamPerson;
  readonly name: LoginName;
  readonly uid: number;
}

export interface Unidentified {
  readonly person: IamPerson;
  /** What they would be called, as far as it can be said. */
  readonly label: string;
  readonly reason: Invalid;
}

export interface Identities {
  readonly identified: readonly Identity[];
  readonly refused: readonly Unidentified[];
}

export function identify(people: readonly IamPerson[], settings: IdentitySettings, known: KnownIdentities): Identities {
  const refused: Unidentified[] = [];
  const named = [...people].sort(byAge).flatMap((person): Identity[] => {
    const name = nameOf(person, settings);
    if (!(name instanceof Invalid)) return [{ person, name, uid: uidOf(person, settings) }];
    refused.push({ person, label: person.name, reason: withRemedy(name, person, 'name') });
    return [];
  });
  const withNames = settle(named, {
    of: ({ name }) => name,
    isGiven: ({ person }) => settings.given.get(person.id)?.name !== undefined,
    isKnown: ({ person, name }) => known.get(person.id)?.name === name,
    otherwise: () => undefined,
    refuse: (claim, others) => refused.push(refusal(claim, sharedName(claim, others))),
  });
  const identified = settle(withNames, {
    of: ({ uid }) => uid,
    isGiven: ({ person }) => settings.given.get(person.id)?.uid !== undefined,
    isKnown: ({ person, uid }) => known.get(person.id)?.uid === uid,
    otherwise: ([first]) => first,
    refuse: (claim, others) => refused.push(refusal(claim, sharedUid(claim, others))),
  });
  return { identified, refused };
}

/** The first made first; the id decides among those of one second, so that every host has one order. */
function byAge(a: IamPerson, b: IamPerson): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

function nameOf(person: IamPerson, { characters, given }: IdentitySettings): LoginName | Invalid {
  const own = given.get(person.id)?.name;
  if (own !== undefined) return own;
  const name = linuxNameOf(person.name, characters);
  return name instanceof Invalid ? name : parseLoginName(name);
}

function uidOf({ id }: IamPerson, { uidRange, given }: IdentitySettings): number {
  return given.get(id)?.uid ?? derivedUid(id, uidRange);
}

interface Rules {
  readonly of: (claim: Identity) => string | number;
  readonly isGiven: (claim: Identity) => boolean;
  readonly isKnown: (claim: Identity) => boolean;
  /** Whose it is when neither decides. */
  readonly otherwise: (claims: readonly Identity[]) => Identity | undefined;
  readonly refuse: (claim: Identity, others: readonly Identity[]) => void;
}

/** Those who have it to themselves, and of those who share it the one whose it is, if anybody's. */
function settle(claims: readonly Identity[], { of, isGiven, isKnown, otherwise, refuse }: Rules): Identity[] {
  const contests = Map.groupBy(claims, of);
  return [...contests.values()].flatMap((contest) => {
    if (contest.length === 1) return contest;
    const owner = contest.find(isGiven) ?? contest.find(isKnown) ?? otherwise(contest);
    for (const claim of contest) {
      if (claim !== owner)
        refuse(
          claim,
          contest.filter((other) => other !== claim),
        );
    }
    return owner === undefined ? [] : [owner];
  });
}

function refusal({ person, name }: Identity, reason: Invalid): Unidentified {
  return { person, label: name, reason };
}

const OTHERS_SHOWN = 3;

function sharedName({ person, name }: Identity, others: readonly Identity[]): Invalid {
  const reason = `${quote(name)} is what IAM users ${namesOf(person, others)} would both be called, and nobody may be taken for another`;
  return withRemedy(new Invalid('name-duplicate', reason), person, 'name');
}

function sharedUid({ person, uid }: Identity, others: readonly Identity[]): Invalid {
  const reason = `uid ${uid} is what the UserIds of IAM users ${namesOf(person, others)} both lead to`;
  return withRemedy(new Invalid('id-duplicate', reason), person, 'uid');
}

function namesOf(person: IamPerson, others: readonly Identity[]): string {
  const shown = others.slice(0, OTHERS_SHOWN).map((other) => quote(other.person.name));
  const more = others.length - shown.length;
  return `${quote(person.name)} and ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function withRemedy({ code, reason }: Invalid, { id }: IamPerson, what: 'name' | 'uid'): Invalid {
  const rename = what === 'name' ? 'rename one in IAM, or ' : '';
  return new Invalid(code, `${reason}; wanted: ${rename}a ${what} of its own in [source.users] ${id}`);
}
