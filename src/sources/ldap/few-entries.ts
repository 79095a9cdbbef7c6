/**
 * The first few entries that fit a filter, without paging: to see what kind of directory it is. That there are more is no failure here.
 */
import { FilterParser, SearchRequest } from 'ldapts';
import { printable } from '../../directory/rejection.ts';
import { SourceError } from '../source.ts';
import type { MessageChannel } from './channel.ts';
import { type DecodedEntry, EntryDecoder } from './entry-decoder.ts';
import { malformed } from './message-reader.ts';
import { describeResult, isRefusal, type LdapResult, readResult, resultHints } from './result-codes.ts';

export interface FewEntries {
  readonly base: string;
  readonly filter: string;
  /** In lower case. */
  readonly attributes: readonly string[];
  readonly most: number;
}

/** Between those of single entries and of searches. One request is answered before the next goes out. */
const MESSAGE_ID = 901;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;
/** Seconds that the server may take for it: a filter without an index reads the whole directory. */
const TIME_LIMIT = 10;
const NO_SUCH_OBJECT = 32;
/** That was enough: sizeLimitExceeded, timeLimitExceeded, adminLimitExceeded. */
const ENOUGH: ReadonlySet<number> = new Set([0, 3, 4, 11]);

/** @throws SourceError also where there is no such base */
export async function readFewEntries(channel: MessageChannel, { base, filter, attributes, most }: FewEntries): Promise<DecodedEntry[]> {
  const request = new SearchRequest({
    messageId: MESSAGE_ID,
    baseDN: base,
    scope: 'sub',
    sizeLimit: most,
    timeLimit: TIME_LIMIT,
    filter: FilterParser.parseString(filter),
    attributes: [...attributes],
  });
  const decoder = new EntryDecoder(attributes);
  const entries: DecodedEntry[] = [];
  const result = await channel.exchange(MESSAGE_ID, request.write(), (message) => {
    if (message.nextTag === SEARCH_DONE) return readResult(message, SEARCH_DONE);
    if (message.nextTag === SEARCH_REFERENCE) return undefined;
    if (message.nextTag !== SEARCH_ENTRY) throw malformed('something else than an entry in answer to a search');
    message.enter(SEARCH_ENTRY);
    const entry = decoder.decode(message);
    // A server that sends more than was asked for does not make this grow.
    if (entries.length < most) entries.push(entry);
    return undefined;
  });
  if (ENOUGH.has(result.code)) return entries;
  throw refusalOf(result, base);
}

function refusalOf(result: LdapResult, base: string): SourceError {
  const [code, detail] = isRefusal(result)
    ? (['source-refused', 'search-refused'] as const)
    : (['source-unavailable', 'base-missing'] as const);
  const text = `a search below "${printable(base)}" was answered ${describeResult(result)}`;
  return new SourceError(code, text, {
    detail: code === 'source-refused' || result.code === NO_SUCH_OBJECT ? detail : undefined,
    hints: resultHints(result),
  });
}
