/**
 * A person's decision that somebody may have a contested uid or name. It counts from the next run on, for this person, uid and name alone.
 */
import { quote } from '../directory/rejection.ts';
import { HoldfastError } from '../errors.ts';
import { acquireLock } from '../host/lock.ts';
import { type ContestedUid, readContestedUids, writeContestedUids } from '../state/contested-uids.ts';
import { type HostContext, prepareState } from './context.ts';

/** Milliseconds to wait for a run: it writes the same file in the end. */
const LOCK_PATIENCE = 60_000;

export function listContested({ paths }: HostContext): readonly ContestedUid[] {
  return readContestedUids(paths.contestedUids);
}

export type UidApproval =
  | { readonly kind: 'approved'; readonly uids: readonly ContestedUid[] }
  /** Somebody who was named does not wait, and so nobody is approved. */
  | { readonly kind: 'not-waiting'; readonly names: readonly string[]; readonly waiting: readonly ContestedUid[] };

/**
 * All of them or, when one of the texts fits nobody or several people, none.
 *
 * @param wanted login names, uids, or `SOURCE/LOGIN`; undefined for everybody who waits
 * @throws HoldfastError `usage`, `lock-held`
 */
export async function approveUids(context: HostContext, wanted: readonly string[] | undefined): Promise<UidApproval> {
  prepareState(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  const contested = listContested(context);
  const names = wanted?.filter((text) => matching(contested, text).length === 0) ?? [];
  if (names.length > 0) return { kind: 'not-waiting', names, waiting: contested };
  const meant = new Set(wanted === undefined ? contested : wanted.flatMap((text) => findOne(contested, text)));
  refuseRivals([...meant]);
  const uids = new Set([...meant].map(({ uid }) => uid));
  const logins = new Set([...meant].map(({ login }) => login));
  const approved = context.now().toISOString();
  const decided = contested.map((one) => {
    if (meant.has(one)) return { ...one, approved: one.approved ?? approved };
    // A uid goes to one person, and so does a name: the latest decision counts.
    return uids.has(one.uid) || logins.has(one.login) ? withoutApproval(one) : one;
  });
  writeContestedUids(context.paths.contestedUids, decided);
  return { kind: 'approved', uids: [...meant] };
}

function withoutApproval({ approved: _approved, ...open }: ContestedUid): ContestedUid {
  return open;
}

function matching(contested: readonly ContestedUid[], text: string): ContestedUid[] {
  return contested.filter(({ source, login, uid }) => [login, String(uid), `${source}/${login}`].includes(text));
}

function findOne(contested: readonly ContestedUid[], text: string): ContestedUid[] {
  const matches = matching(contested, text);
  if (matches.length > 1) throw ambiguous(text, matches);
  return matches;
}

function ambiguous(text: string, matches: readonly ContestedUid[]): HoldfastError {
  const names = matches.map(({ source, login, uid }) => `${source}/${login} (uid ${uid})`).join(', ');
  return new HoldfastError('usage', `${quote(text)} may be each of ${names}: say which`, {
    hints: [`holdfast approve uid ${matches[0]?.source}/${matches[0]?.login}`],
  });
}

function refuseRivals(meant: readonly ContestedUid[]): void {
  const byClaim = new Map<number | string, ContestedUid>();
  for (const one of meant) {
    for (const claim of [one.uid, one.login]) {
      const rival = byClaim.get(claim);
      if (rival !== undefined) throw ambiguous(String(claim), [rival, one]);
      byClaim.set(claim, one);
    }
  }
}
