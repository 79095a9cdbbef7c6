/**
 * What a host showed once, less whatever people do not have now: a rollback takes back what came and what changed, and gives nobody a key,
 * a password or a membership back that was taken from them since, unless somebody says so.
 *
 * While it lasts, what a run finds is taken away in the same way, so that a stolen key, a lock or a departure acts at once.
 */
import type { AccountKeys, HostView, PublishedView } from '../../directory/host-view.ts';
import { unjudged } from '../../directory/host-view.ts';
import { blobsOf } from '../../directory/key-blobs.ts';
import { joinKeyLines, type KeyLines, NO_KEYS, splitKeyLines } from '../../directory/key-lines.ts';
import type { GroupName, LoginName } from '../../directory/names.ts';
import { NO_PASSWORD } from '../../directory/shadow.ts';

/** What people have now. */
export interface Present {
  readonly shown: Pick<PublishedView, 'group' | 'shadow' | 'keys' | 'accountKeys'>;
  /** Who must not get in, whatever they have. */
  readonly refused: ReadonlySet<LoginName>;
  /** `SHA256:…` of a key's base64 part. */
  readonly fingerprint: (blob: string) => string;
}

/** What they may have besides. Nobody is asked about who is refused. */
export interface Returns {
  readonly key: (login: LoginName, fingerprint: string) => boolean;
  readonly member: (group: GroupName, login: LoginName) => boolean;
}

/** By login or group: fingerprints of keys, or names of members. */
export type Listed<Name> = ReadonlyMap<Name, readonly string[]>;

export interface Limited {
  readonly view: HostView;
  /** What people had then and have not now: given back, or not. */
  readonly returned: Difference;
  readonly withheld: Difference;
}

export interface Difference {
  readonly keys: Listed<LoginName>;
  readonly members: Listed<GroupName>;
}

export function limitView(then: PublishedView, present: Present, returns: Returns): Limited {
  const tally = { returned: new Tally(), withheld: new Tally() };
  const sharers = new Sharers([...then.accountKeys, ...present.shown.accountKeys], present.refused);
  const keys = new Map<LoginName, KeyLines>();
  for (const [login, lines] of then.keys) {
    const kept = keptLines({ login, lines, sharers }, present, returns, tally);
    if (kept !== NO_KEYS) keys.set(login, kept);
  }
  const view: PublishedView = {
    ...then,
    keys,
    group: limitMembers(then, present, returns, tally),
    shadow: limitShadow(then, present),
    accountKeys: then.accountKeys.flatMap((one) => keptSharer(one, keys.get(one.account) ?? NO_KEYS, present)),
  };
  return {
    view: { ...unjudged(view), refused: present.refused },
    returned: tally.returned.difference(),
    withheld: tally.withheld.difference(),
  };
}

interface KeysOfLogin {
  readonly login: LoginName;
  readonly lines: KeyLines;
  readonly sharers: Sharers;
}

/** A key that is there now comes with the line of now: it may end earlier than it did then. */
function keptLines(
  { login, lines, sharers }: KeysOfLogin,
  { shown, refused, fingerprint }: Present,
  returns: Returns,
  tally: Tallies,
): KeyLines {
  const now = shown.keys.get(login) ?? NO_KEYS;
  if (now === lines && !refused.has(login) && !sharers.concern(login)) return lines;
  const present = new Map(zip(blobsOf(now), splitKeyLines(now)));
  const kept: string[] = [];
  for (const [blob, line] of zip(blobsOf(lines), splitKeyLines(lines))) {
    const given = present.get(blob);
    const print = fingerprint(blob);
    const isRefused = refused.has(login) || sharers.areRefused(login, print);
    if (given !== undefined && !isRefused) {
      kept.push(given);
      continue;
    }
    const isBack = !isRefused && returns.key(login, print);
    if (isBack) kept.push(line);
    if (given === undefined) (isBack ? tally.returned : tally.withheld).addKey(login, print);
  }
  return joinKeyLines(kept.sort());
}

function limitMembers({ group }: PublishedView, { shown }: Present, returns: Returns, tally: Tallies): PublishedView['group'] {
  const present = new Map(shown.group.map((entry) => [entry.name, entry]));
  return group.map((entry) => {
    const now = present.get(entry.name);
    if (now?.members === entry.members) return entry;
    const members = new Set(now?.members);
    const kept = entry.members.filter((name) => {
      if (members.has(name)) return true;
      const isBack = returns.member(entry.name, name);
      (isBack ? tally.returned : tally.withheld).addMember(entry.name, name);
      return isBack;
    });
    return kept.length === entry.members.length ? entry : { ...entry, members: kept };
  });
}

/** A password of then never comes back. */
function limitShadow({ shadow }: PublishedView, { shown, refused }: Present): PublishedView['shadow'] {
  const present = new Map(shown.shadow.map((entry) => [entry.name, entry]));
  return shadow.map((entry) => {
    const now = present.get(entry.name) ?? { ...entry, password: NO_PASSWORD };
    return refused.has(entry.name) ? { ...now, password: NO_PASSWORD } : now;
  });
}

function keptSharer(one: AccountKeys, lines: KeyLines, { refused, fingerprint }: Present): AccountKeys[] {
  const left = new Set([...blobsOf(lines)].map(fingerprint));
  const fingerprints = one.fingerprints.filter((print) => left.has(print));
  return fingerprints.length === 0 || refused.has(one.person) ? [] : [{ ...one, fingerprints }];
}

/** Whose the keys of shared accounts are. */
class Sharers {
  readonly #persons = new Map<LoginName, Map<string, LoginName[]>>();
  readonly #refused: ReadonlySet<LoginName>;

  constructor(accountKeys: readonly AccountKeys[], refused: ReadonlySet<LoginName>) {
    this.#refused = refused;
    for (const { account, person, fingerprints } of accountKeys) {
      const byPrint = this.#persons.get(account) ?? new Map<string, LoginName[]>();
      this.#persons.set(account, byPrint);
      for (const print of fingerprints) byPrint.set(print, [...(byPrint.get(print) ?? []), person]);
    }
  }

  concern(account: LoginName): boolean {
    return this.#persons.has(account);
  }

  /** A key of which it is not known whose it is may be anybody's. */
  areRefused(account: LoginName, print: string): boolean {
    const byPrint = this.#persons.get(account);
    return byPrint !== undefined && (byPrint.get(print) ?? []).every((person) => this.#refused.has(person));
  }
}

class Tally {
  readonly #keys = new Map<LoginName, string[]>();
  readonly #members = new Map<GroupName, string[]>();

  addKey(login: LoginName, fingerprint: string): void {
    this.#keys.set(login, [...(this.#keys.get(login) ?? []), fingerprint]);
  }

  addMember(group: GroupName, login: LoginName): void {
    const members = this.#members.get(group);
    if (members === undefined) this.#members.set(group, [login]);
    else members.push(login);
  }

  difference(): Difference {
    return { keys: this.#keys, members: this.#members };
  }
}

interface Tallies {
  readonly returned: Tally;
  readonly withheld: Tally;
}

function* zip(blobs: Iterable<string>, lines: readonly string[]): Generator<[string, string]> {
  let index = 0;
  for (const blob of blobs) {
    yield [blob, lines[index] ?? ''];
    index += 1;
  }
}
