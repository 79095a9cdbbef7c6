/**
 * A believable company: people with names of many scripts, ssh keys and password ages, and the groups they are in.
 *
 * The same options always give the same company. Nothing is kept: people and groups are made as they are asked for, each
 * from its number alone, so that a million of them can be streamed.
 */

import { NAME_LISTS, type NameList, readNames } from './people-names.ts';

const FIRST_UID = 10_000;
const FIRST_GID = 5_000;
const TEAM_SIZE = 12;
const LARGE_GROUP_SIZE = 900;

/** Team groups are called so; further ones get a number: `web-prod-2`. */
const TEAMS =
  'web-prod sre deployers web-dev db-prod db-admin payments search mobile-ios mobile-android data-science security network storage ' +
  'build release qa it-support finance legal hr marketing sales-emea sales-apac sales-amer product design docs research facilities';
const TEAM_NAMES = TEAMS.split(' ');

/** By the attributes of RFC 2307, openssh-lpk and inetOrgPerson. */
export interface Person {
  /** The login, ASCII. */
  readonly uid: string;
  readonly uidNumber: number;
  readonly gidNumber: number;
  readonly cn: string;
  readonly sn: string;
  readonly givenName: string;
  /** One in ten has none, as in many a directory; `cn` then takes its place. */
  readonly gecos?: string;
  readonly homeDirectory: string;
  readonly loginShell: string;
  readonly shadowLastChange: number;
  readonly shadowMin: number;
  readonly shadowMax: number;
  readonly shadowWarning: number;
  readonly shadowInactive?: number;
  /** Days since 1970. Nobody's is over before 2038, unless `named` says so. */
  readonly shadowExpire?: number;
  /** As in an authorized_keys file. */
  readonly sshPublicKeys: readonly string[];
  /** What the directory never changes; default: made of the login, so that somebody who is deleted and added again is the same person. */
  readonly entryUUID?: string;
  /** As slapd stores it: `{CRYPT}$y$…`. */
  readonly userPassword?: string;
}

export interface Group {
  readonly cn: string;
  readonly gidNumber: number;
  readonly memberUid: readonly string[];
}

export interface CompanyOptions {
  readonly count: number;
  /** Default 1. */
  readonly keysPerPerson?: number;
  readonly seed?: number;
  /** The first people of the company, and so its first team, `web-prod`. What they leave out is made up. */
  readonly named?: readonly (Partial<Person> & Pick<Person, 'uid'>)[];
}

/** Both can be gone through as often as wanted. */
export interface Company {
  readonly count: number;
  readonly people: Iterable<Person>;
  /**
   * `staff` (everybody's primary group, and without members of its own), a group per team of twelve, `engineering` (one
   * person and, nested, `web-prod`), `vpn-users` (900 members, if there are as many people) and `interns` (nobody).
   */
  readonly groups: Iterable<Group>;
}

interface FullName {
  readonly cn: string;
  readonly sn: string;
  readonly givenName: string;
  readonly uid: string;
}

export function generatePeople(options: CompanyOptions): Company {
  const roster = new Roster(options);
  const { count } = options;
  return {
    count,
    people: { [Symbol.iterator]: () => mapNumbers(count, (index) => roster.person(index)) },
    groups: { [Symbol.iterator]: () => groupsOf(roster, count) },
  };
}

class Roster {
  readonly #named: NonNullable<CompanyOptions['named']>;
  readonly #names: readonly FullName[];
  readonly #keysPerPerson: number;
  readonly #seed: number;

  constructor({ keysPerPerson = 1, seed = 1, named = [] }: CompanyOptions) {
    this.#named = named;
    this.#names = shuffledNames(seed, new Set(named.map(({ uid }) => uid)));
    this.#keysPerPerson = keysPerPerson;
    this.#seed = seed;
  }

  login(index: number): string {
    return this.#named[index]?.uid ?? this.#name(index).uid;
  }

  person(index: number): Person {
    const named = this.#named[index];
    const random = randomNumbers(this.#seed, index);
    const name = { ...this.#name(index), ...named };
    return {
      ...name,
      uidNumber: accountNumber(FIRST_UID + index),
      gidNumber: FIRST_GID,
      ...gecosOf(name, index, random),
      homeDirectory: `/home/${name.uid}`,
      loginShell: pick(['/bin/bash', '/bin/bash', '/bin/bash', '/bin/zsh', '/bin/sh'], random),
      ...agingOf(index, random),
      sshPublicKeys: this.#keys(name.uid, random),
      ...named,
    };
  }

  /** When all names are taken, the next John Smith is john.smith2. */
  #name(index: number): FullName {
    const name = at(this.#names, index % this.#names.length);
    const round = Math.floor(index / this.#names.length);
    return round === 0 ? name : { ...name, uid: `${name.uid}${round + 1}` };
  }

  #keys(uid: string, random: RandomNumbers): string[] {
    return Array.from(
      { length: this.#keysPerPerson },
      (_, number) => `${ed25519Key(random)} ${uid}@${number === 0 ? 'laptop' : `key-${number + 1}`}`,
    );
  }
}

function gecosOf({ cn }: FullName, index: number, random: RandomNumbers): Pick<Person, 'gecos'> {
  if (index % 10 === 9) return {};
  if (index % 3 !== 0) return { gecos: cn };
  return { gecos: `${cn},Room ${1 + (random() % 9)}.${10 + (random() % 90)},+44 20 7946 0${100 + (random() % 900)}` };
}

/** One in 23 is a contractor, whose account has an end. */
function agingOf(index: number, random: RandomNumbers): Pick<Person, Extract<keyof Person, `shadow${string}`>> {
  return {
    shadowLastChange: 19_000 + (random() % 1_400),
    shadowMin: 0,
    shadowMax: 99_999,
    shadowWarning: 7,
    ...(index % 23 === 22 ? { shadowInactive: 30, shadowExpire: 25_000 + (random() % 365) } : {}),
  };
}

function* groupsOf(roster: Roster, count: number): Generator<Group> {
  const logins = (from: number, to: number): string[] =>
    Array.from({ length: Math.min(to, count) - from }, (_, number) => roster.login(from + number));
  let gidNumber = FIRST_GID;
  const group = (cn: string, memberUid: readonly string[]): Group => ({ cn, gidNumber: accountNumber(gidNumber++), memberUid });

  yield group('staff', []);
  for (let team = 0; team * TEAM_SIZE < count; team += 1) {
    yield group(teamName(team), logins(team * TEAM_SIZE, (team + 1) * TEAM_SIZE));
  }
  if (count > 0) yield group('engineering', ['web-prod', roster.login(count - 1)]);
  if (count >= LARGE_GROUP_SIZE) yield group('vpn-users', logins(0, LARGE_GROUP_SIZE));
  yield group('interns', []);
}

function teamName(team: number): string {
  const name = at(TEAM_NAMES, team % TEAM_NAMES.length);
  const round = Math.floor(team / TEAM_NAMES.length);
  return round === 0 ? name : `${name}-${round + 1}`;
}

/** 65534 is nobody, and 65535 means "no change" to chown(2). */
function accountNumber(number: number): number {
  return number < 65_534 ? number : number + 2;
}

function shuffledNames(seed: number, taken: ReadonlySet<string>): FullName[] {
  const names = new Map(NAME_LISTS.flatMap(fullNames).map((name) => [name.uid, name]));
  for (const uid of taken) names.delete(uid);
  const shuffled = [...names.values()];
  const random = randomNumbers(seed, -1);
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = random() % (last + 1);
    [shuffled[last], shuffled[other]] = [at(shuffled, other), at(shuffled, last)];
  }
  return shuffled;
}

function fullNames({ given, family, familyFirst }: NameList): FullName[] {
  return readNames(given).flatMap((first) =>
    readNames(family).map((last) => ({
      cn: fullName(first.shown, last.shown, familyFirst),
      sn: last.shown,
      givenName: first.shown,
      uid: `${first.ascii}.${last.ascii}`,
    })),
  );
}

function fullName(given: string, family: string, familyFirst: NameList['familyFirst']): string {
  if (familyFirst === undefined) return `${given} ${family}`;
  return familyFirst === 'spaced' ? `${family} ${given}` : `${family}${given}`;
}

/** RFC 8709: the algorithm's name and 32 bytes, each after its length. Any 32 bytes will do for a key that nobody uses. */
function ed25519Key(random: RandomNumbers): string {
  const blob = Buffer.allocUnsafe(51);
  blob.write('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1');
  for (let offset = 19; offset < 51; offset += 4) blob.writeUInt32BE(random(), offset);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}

/** From 0 to 2^32 - 1. */
type RandomNumbers = () => number;

/** Mulberry32, with a stream for each index. */
function randomNumbers(seed: number, index: number): RandomNumbers {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

function pick<Value>(values: readonly Value[], random: RandomNumbers): Value {
  return at(values, random() % values.length);
}

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} of ${values.length}`);
  return value;
}

function* mapNumbers<Value>(count: number, make: (index: number) => Value): Generator<Value> {
  for (let index = 0; index < count; index += 1) yield make(index);
}
