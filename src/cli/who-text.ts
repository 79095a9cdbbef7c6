/**
 * What `who` prints: the answer first, then what it rests on.
 */
import { quote } from '../directory/rejection.ts';
import { isAnswered, type WhoReport } from '../sync/audit/who.ts';
import { count, some } from '../sync/phrases.ts';
import { type Row, renderRows } from './rows.ts';

type Span = WhoReport['spans'][number];

export function renderWho(report: WhoReport): string {
  const { fingerprint, spans, directory } = report;
  const rows: Row[] = [
    ...spans.map((span): Row => [span.login, describeSpan(span)]),
    ['directory', directory.map(({ login, uid, source, id }) => `${login} has it now: uid ${uid}, source ${source}, id ${id}`)],
    ['searched', describeSearch(report)],
  ];
  return `${fingerprint} ${answer(report)}\n\n${renderRows(rows)}`;
}

function answer(report: WhoReport): string {
  const { spans, directory, at } = report;
  const when = at === undefined ? '' : ` at ${at.from}`;
  const certain = spans.filter(({ isCertain }) => isCertain);
  const served = ownersOf(
    certain.filter(({ state, until, untilBefore }) => state === 'served' && (at !== undefined || (until ?? untilBefore) === undefined)),
  );
  if (served.length > 0) return `${at === undefined ? 'is' : 'was'} a key of ${some(served, 10)}${when}`;
  const withheld = ownersOf(certain.filter(({ state, until }) => state === 'withheld' && (at !== undefined || until === undefined)));
  if (withheld.length > 0)
    return `${at === undefined ? 'is' : 'was'} a key of ${some(withheld, 10)}${when}, who could not log in here with it`;
  if (certain.length > 0) return `was a key of ${some(ownersOf(certain), 10)}, and opens nothing here now`;
  if (spans.length > 0) return `is not known${when}: what is known begins later`;
  if (at !== undefined) return `was nobody's here${when}, as far as is known`;
  if (isAnswered(report))
    return `is a key of ${some(
      directory.map(({ login }) => login),
      10,
    )}, who could not log in here with it`;
  return "is nobody's, as far as is known here";
}

/** Each once; in a shared account, whose key it is. */
function ownersOf(spans: readonly Span[]): string[] {
  return [...new Set(spans.map(({ login, owner }) => (owner === undefined ? login : `${owner} (in the shared account ${login})`)))];
}

function describeSpan(span: Span): string[] {
  const { uid, source, id, owner, keyType, comment, reason, untilReason, isEmergency } = span;
  const who = [
    ...(uid === undefined ? [] : [`uid ${uid}`]),
    ...(source === undefined ? [] : [`source ${source}`]),
    ...(id === undefined ? [] : [`id ${id}`]),
    ...(keyType === undefined ? [] : [`${keyType}${comment === undefined || comment === '' ? '' : ` ${quote(comment)}`}`]),
  ];
  return [
    `${span.state} ${describeBegin(span)}${describeEnd(span)}`,
    ...(isEmergency === undefined ? [] : ['an emergency key']),
    ...(owner === undefined ? [] : [`the key of ${owner}`]),
    ...(who.length === 0 ? [] : [who.join(', ')]),
    ...(reason === undefined ? [] : [`because: ${reason}`]),
    ...(untilReason === undefined ? [] : [`until: ${untilReason}`]),
  ];
}

function describeBegin({ since, sinceBefore, generation }: Span): string {
  if (since === undefined) return `since before ${sinceBefore}`;
  return `since ${since}${inGeneration(generation)}`;
}

function describeEnd({ until, untilBefore, untilGeneration }: Span): string {
  if (until !== undefined) return `, until ${until}${inGeneration(untilGeneration)}`;
  return untilBefore === undefined ? '' : `, until some time before ${untilBefore}`;
}

/** Emergency keys have none. */
function inGeneration(number: number | undefined): string {
  return number === undefined ? '' : ` (generation ${number})`;
}

function describeSearch({ searched }: WhoReport): string[] {
  const { path, files, from, to, damaged, generations } = searched;
  const log =
    from === undefined ? `${path}: nothing is in it` : `${path} and older (${count(files.length, 'file', 'files')}), from ${from} to ${to}`;
  return [
    log,
    ...(damaged === 0 ? [] : [`${count(damaged, 'damaged line', 'damaged lines')} passed over`]),
    generations.length === 0
      ? 'no generation: nothing was ever committed here'
      : `generations ${generations.join(', ')}, and the last good directory`,
  ];
}
