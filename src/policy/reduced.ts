/**
 * What this host shows, less what lets certain people in: for when nothing newer may serve, and they must not get in all the same.
 */
import { type HostView, unjudged, type PublishedView } from '../directory/host-view.ts';
import { joinKeyLines, type KeyLines, NO_KEYS, splitKeyLines } from '../directory/key-lines.ts';
import type { LoginName } from '../directory/names.ts';
import { NO_PASSWORD } from '../directory/shadow.ts';

/** Without their keys, wherever else those are, and without their passwords; their names stay. */
export function withoutKeysOf(shown: PublishedView, refused: ReadonlySet<LoginName>): HostView {
  const theirs = new Set([...refused].flatMap((name) => splitKeyLines(shown.keys.get(name) ?? NO_KEYS)));
  const shadow = shown.shadow.map((entry) => (refused.has(entry.name) ? { ...entry, password: NO_PASSWORD } : entry));
  return { ...unjudged({ ...shown, keys: theirs.size === 0 ? shown.keys : removeLines(shown.keys, theirs), shadow }), refused };
}

function removeLines(keys: PublishedView['keys'], lines: ReadonlySet<string>): Map<LoginName, KeyLines> {
  const left = [...keys].map(([login, own]) => [login, joinKeyLines(splitKeyLines(own).filter((line) => !lines.has(line)))] as const);
  return new Map(left.filter(([, own]) => own !== NO_KEYS));
}
