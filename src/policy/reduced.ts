/**
 * What this host shows, less what lets in those who must not get in: for when nothing newer may serve, or can be read.
 *
 * Nothing is added, names stay, and nobody else loses anything: one person's keys behind a shared account are told from the others' by
 * what the generation says of them. A key there of which it does not say whose it is goes.
 */
import type { AccountKeys, HostView, PublishedView } from '../directory/host-view.ts';
import { unjudged } from '../directory/host-view.ts';
import { blobsOf } from '../directory/key-blobs.ts';
import { joinKeyLines, type KeyLines, NO_KEYS, splitKeyLines } from '../directory/key-lines.ts';
import type { LoginName } from '../directory/names.ts';
import { NO_PASSWORD } from '../directory/shadow.ts';

/** Who keeps what. */
export interface Reduction {
  /** Whether somebody may log in by name. */
  readonly mayLogIn: (name: LoginName) => boolean;
  /** Whether somebody may get into a shared account. */
  readonly mayShare: (account: LoginName, person: LoginName) => boolean;
  readonly isShared: (login: LoginName) => boolean;
  /** Fingerprints of keys that nobody may use. */
  readonly revoked: ReadonlySet<string>;
  /** `SHA256:…` of a key's base64 part. */
  readonly fingerprint: (blob: string) => string;
}

export function reduceView(shown: PublishedView, reduction: Reduction): HostView {
  const keysWithheld = new Set<LoginName>();
  const wereShared = new Set(shown.accountKeys.map(({ account }) => account));
  const keys = new Map<LoginName, KeyLines>();
  const accountKeys = shown.accountKeys.filter(({ account, person }) => reduction.isShared(account) && reduction.mayShare(account, person));
  for (const [login, lines] of shown.keys) {
    const left = keptLines({ login, lines, wasShared: wereShared.has(login), accountKeys }, reduction);
    const usable = withoutRevoked(left, reduction);
    if (usable !== left) keysWithheld.add(login);
    if (usable !== NO_KEYS) keys.set(login, usable);
  }
  const shadow = shown.shadow.map((entry) => (reduction.mayLogIn(entry.name) ? entry : { ...entry, password: NO_PASSWORD }));
  return { ...unjudged({ ...shown, keys, shadow, accountKeys }), keysWithheld };
}

interface ShownKeys {
  readonly login: LoginName;
  readonly lines: KeyLines;
  readonly wasShared: boolean;
  /** Of those who may still get into their accounts. */
  readonly accountKeys: readonly AccountKeys[];
}

/** Lines of an account that was shared and is not any more are those of other people, and the other way round. */
function keptLines({ login, lines, wasShared, accountKeys }: ShownKeys, reduction: Reduction): KeyLines {
  if (wasShared !== reduction.isShared(login)) return NO_KEYS;
  if (!wasShared) return reduction.mayLogIn(login) ? lines : NO_KEYS;
  const theirs = new Set(accountKeys.filter(({ account }) => account === login).flatMap(({ fingerprints }) => fingerprints));
  return filterLines(lines, (blob) => theirs.has(reduction.fingerprint(blob)));
}

function withoutRevoked(lines: KeyLines, { revoked, fingerprint }: Reduction): KeyLines {
  return revoked.size === 0 ? lines : filterLines(lines, (blob) => !revoked.has(fingerprint(blob)));
}

function filterLines(lines: KeyLines, isKept: (blob: string) => boolean): KeyLines {
  const kept = [...blobsOf(lines)].map(isKept);
  return kept.every(Boolean) ? lines : joinKeyLines(splitKeyLines(lines).filter((_line, index) => kept[index]));
}
