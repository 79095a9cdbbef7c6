/**
 * From audit lines to spans of time in which a login had a key, or in which it was withheld from them.
 */
import type { AuditLine } from '../../state/audit-line.ts';

export interface KeySpan {
  readonly login: string;
  /** `served`: sshd got it. `withheld`: it was known and not given. */
  readonly state: 'served' | 'withheld';
  /** Of an emergency user, out of an object and not of the directory. */
  readonly isEmergency?: true;
  /** ISO 8601; absent when it began before anything that is known. */
  since?: string;
  /** It began at this time or earlier. */
  sinceBefore?: string;
  /** Absent: it lasts. */
  until?: string;
  /** It ended at this time or earlier. */
  untilBefore?: string;
  /** The generations with which it began and ended. */
  generation?: number;
  untilGeneration?: number;
  uid?: number;
  owner?: string;
  source?: string;
  id?: string;
  keyType?: string;
  comment?: string;
  reason?: string;
  untilReason?: string;
}

/** What is served now, or was in the oldest generation that is kept. */
export interface ServedNow {
  readonly login: string;
  readonly keyType: string;
  readonly comment: string;
  /** ISO 8601: when the oldest of the kept generations that have it, one after the other, was committed. */
  readonly since: string;
}

export interface KeyStory {
  /** Of one key, the oldest first. */
  readonly lines: readonly AuditLine[];
  /** The oldest first. */
  readonly baselines: readonly AuditLine[];
  /** ISO 8601, of the oldest line; undefined when there is no log. */
  readonly logFrom: string | undefined;
  readonly served: readonly ServedNow[];
  /** Of the current generation. */
  readonly committedAt: string | undefined;
}

/** By login, the oldest first. */
export function findSpans(story: KeyStory): KeySpan[] {
  const logins = new Set([...story.lines.map(({ login = '' }) => login), ...story.served.map(({ login }) => login)]);
  return [...logins].sort().flatMap((login) => spansOf(login, story));
}

function spansOf(login: string, story: KeyStory): KeySpan[] {
  const spans = new OpenSpans();
  for (const line of story.lines) if (line.login === login) spans.follow(line, story);
  const now = story.served.find((one) => one.login === login);
  const isServed = spans.open?.state === 'served';
  if (now !== undefined && !isServed) spans.begin(servedNow(now, story));
  if (now === undefined && isServed) spans.vanish(story.committedAt);
  return spans.all;
}

/** The spans of one login, of which the last may be open. */
class OpenSpans {
  readonly all: KeySpan[] = [];
  #open: KeySpan | undefined;

  get open(): KeySpan | undefined {
    return this.#open;
  }

  begin(span: KeySpan): void {
    this.#open = span;
    this.all.push(span);
  }

  follow(line: AuditLine, story: KeyStory): void {
    if (tellsOfServing(line) && this.#open?.state !== 'served') this.begin(unbegun(line, story));
    if (line.event === 'key-changed') {
      Object.assign(this.#open ?? {}, described(line));
      return;
    }
    const state = stateAfter(line);
    if (this.#open?.state === state) return;
    this.#close(line);
    if (state === undefined) return;
    const { login = '', time: since, generation } = line;
    const begun = { login, state, since, ...(generation === undefined ? {} : { generation }) };
    this.begin({ ...begun, ...described(line), ...reasonOf(line) });
  }

  /** The lines say that it is served, and it is not: some were lost. */
  vanish(before: string | undefined): void {
    if (this.#open !== undefined && before !== undefined) this.#open.untilBefore = before;
  }

  #close({ time, generation, reason }: AuditLine): void {
    if (this.#open !== undefined) Object.assign(this.#open, { until: time, untilGeneration: generation, untilReason: reason });
    this.#open = undefined;
  }
}

/** Undefined: it is nobody's business any more. */
function stateAfter({ event }: AuditLine): KeySpan['state'] | undefined {
  if (event === 'key-removed') return undefined;
  return event === 'key-withheld' ? 'withheld' : 'served';
}

/** A key is taken away or changed only where it was. What was withheld from the start names no type. */
function tellsOfServing({ event, keyType }: AuditLine): boolean {
  return event === 'key-removed' || event === 'key-changed' || (event === 'key-withheld' && keyType !== undefined);
}

/** Of a key that was there before the first line that tells of it. */
function unbegun(line: AuditLine, { baselines, logFrom }: KeyStory): KeySpan {
  const sinceBefore = lastBefore(baselines, line.time) ?? logFrom ?? line.time;
  return { login: line.login ?? '', state: 'served', sinceBefore, ...described(line) };
}

function servedNow({ login, keyType, comment, since }: ServedNow, { baselines, logFrom }: KeyStory): KeySpan {
  const known = [baselines.at(-1)?.committedAt, logFrom].find((time) => time !== undefined);
  const sinceBefore = known !== undefined && Date.parse(known) < Date.parse(since) ? known : since;
  return { login, state: 'served', sinceBefore, keyType, comment };
}

function lastBefore(baselines: readonly AuditLine[], time: string): string | undefined {
  return baselines.findLast((one) => Date.parse(one.time) <= Date.parse(time))?.committedAt;
}

function described({ uid, owner, source, id, keyType, comment }: AuditLine): Partial<KeySpan> {
  return Object.fromEntries(Object.entries({ uid, owner, source, id, keyType, comment }).filter(([, value]) => value !== undefined));
}

function reasonOf({ reason }: AuditLine): Partial<KeySpan> {
  return reason === undefined ? {} : { reason };
}
