/**
 * One LDAP search over a bound connection, complete or thrown.
 *
 * ldapts encodes the request. The answer is read here, since its own paged search takes a lost cookie for the last page and
 * reconnects without binding: both would pass a part of the directory off as the whole.
 *
 * @see RFC 4511 section 4.5 (search), RFC 2696 (paged results)
 */
import { type Filter, PagedResultsControl, SearchRequest } from 'ldapts';
import { type ErrorDetail, HoldfastError } from '../../errors.ts';
import { SourceError } from '../source.ts';
import type { MessageChannel } from './channel.ts';
import type { FetchBudget } from './fetch-budget.ts';
import { BerReader, malformed } from './message-reader.ts';
import { describeResult, isRefusal, type LdapResult, readResult, resultHints } from './result-codes.ts';
import { serverText } from './server-text.ts';

export interface SearchPass {
  readonly searchBase: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly pageSize: number;
}

/** Reads one SearchResultEntry, into which the message has been entered. */
export type EntryListener = (message: BerReader) => void;

const BOOLEAN = 0x01;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;
const CONTROLS = 0xa0;
/** A server's word that the answer is elsewhere. */
const REFERRAL: LdapResult = { code: 10, diagnostic: '' };
const PAGED_RESULTS = '1.2.840.113556.1.4.319';

/** Bytes of entries that wait to be read: a page of 1000 people with keys is most of it. */
const WAITING_MAX = 1_000_000;
/** Servers may answer with an empty page and a cookie (Active Directory does); one that goes on like that is broken. */
const EMPTY_PAGES_MAX = 100;
/** ldapts would ask the server to give up after 10 seconds a page. How long a fetch may take is for `timeout` to say. */
const NO_TIME_LIMIT = 0;

export class Searcher {
  readonly #channel: MessageChannel;
  readonly #budget: FetchBudget;
  #messageId = 1000;

  /**
   * @param channel bound, and used by nobody else
   * @param budget of all searches together
   */
  constructor(channel: MessageChannel, budget: FetchBudget) {
    this.#channel = channel;
    this.#budget = budget;
  }

  /**
   * Calls `onEntry` for every entry that matches.
   *
   * @throws SourceError for any result but success, a referral, a lost cookie, a cut connection, an answer that is no LDAP, or
   *   more of it than the budget has
   */
  async search(pass: SearchPass, onEntry: EntryListener): Promise<void> {
    const pages = new PageReader(this.#budget, onEntry);
    let cookie: Buffer = Buffer.alloc(0);
    try {
      do {
        // The request goes out first. Together, since the answer may fail as well, and somebody must hear of it.
        [cookie] = await Promise.all([this.#page(pass, cookie, pages), Promise.try(() => pages.readWaiting())]);
        pages.end();
      } while (cookie.length > 0);
      pages.readWaiting();
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      const text = `search below "${pass.searchBase}", after ${pages.entries} ${pages.entries === 1 ? 'entry' : 'entries'}: ${error.message}`;
      throw new SourceError(error.code, text, { hints: error.hints, cause: error });
    }
  }

  /** @returns the cookie for the next page; an empty one after the last */
  async #page(pass: SearchPass, cookie: Buffer, pages: PageReader): Promise<Buffer> {
    this.#messageId += 1;
    const request = encodeRequest(this.#messageId, pass, cookie);
    return await this.#channel.exchange(this.#messageId, request, (message) => readAnswer(message, pages));
  }
}

/**
 * Counts entries, and sees when a server goes on for ever.
 *
 * Entries wait until the next page has been asked for: the server makes that page while this one is read, which takes as
 * long. They wait in one buffer, so that a large page is no large memory.
 */
class PageReader {
  readonly #budget: FetchBudget;
  readonly #onEntry: EntryListener;
  readonly #waiting = Buffer.allocUnsafeSlow(WAITING_MAX);
  /** Where each entry in the buffer ends. */
  #ends: number[] = [];
  /** The first DN of each page. */
  readonly #starts = new Set<string>();
  #entriesOfPage = 0;
  #emptyPages = 0;
  entries = 0;

  constructor(budget: FetchBudget, onEntry: EntryListener) {
    this.#budget = budget;
    this.#onEntry = onEntry;
  }

  add(message: BerReader): void {
    this.#budget.take(message.length);
    if (this.#entriesOfPage === 0) this.#start(message.peekBytes(OCTET_STRING).toString('latin1'));
    this.#entriesOfPage += 1;
    this.entries += 1;
    if (!this.#fits(message)) this.readWaiting();
    if (this.#fits(message)) this.#ends.push(message.copyTo(this.#waiting, this.#ends.at(-1) ?? 0));
    else this.#onEntry(message);
  }

  #fits({ length }: BerReader): boolean {
    return (this.#ends.at(-1) ?? 0) + length <= WAITING_MAX;
  }

  readWaiting(): void {
    const ends = this.#ends;
    this.#ends = [];
    for (const [index, end] of ends.entries()) this.#onEntry(new BerReader(this.#waiting, ends[index - 1] ?? 0, end));
  }

  end(): void {
    this.#emptyPages = this.#entriesOfPage === 0 ? this.#emptyPages + 1 : 0;
    this.#entriesOfPage = 0;
    if (this.#emptyPages > EMPTY_PAGES_MAX) throw malformed(`${EMPTY_PAGES_MAX} empty pages in a row, each with a cookie for another`);
  }

  /** Cookies tell nothing: 389-ds gives the same for every page. */
  #start(dn: string): void {
    if (this.#starts.has(dn)) throw malformed('a page that begins as an earlier one did: the server goes in circles');
    this.#starts.add(dn);
  }
}

function encodeRequest(messageId: number, pass: SearchPass, cookie: Buffer): Buffer {
  const paging = new PagedResultsControl({ critical: true, value: { size: pass.pageSize, cookie } });
  const request = new SearchRequest({
    messageId,
    baseDN: pass.searchBase,
    scope: pass.scope,
    timeLimit: NO_TIME_LIMIT,
    filter: pass.filter,
    attributes: [...pass.attributes],
    controls: [paging],
  });
  return request.write();
}

/** @returns the cookie when the page is complete */
function readAnswer(message: BerReader, pages: PageReader): Buffer | undefined {
  switch (message.nextTag) {
    case SEARCH_ENTRY:
      readEntry(message, pages);
      return undefined;
    case SEARCH_DONE:
      checkResult(readResult(message, SEARCH_DONE));
      return readCookie(message);
    case SEARCH_REFERENCE:
      throw referred(message);
    default:
      throw malformed(`operation ${message.nextTag === undefined ? 'missing' : `0x${message.nextTag.toString(16)}`} in answer to a search`);
  }
}

/** Behind an entry there are controls or nothing: a wrong length would make the next entry a part of this one, and be no error. */
function readEntry(message: BerReader, pages: PageReader): void {
  const outer = message.enter(SEARCH_ENTRY);
  pages.add(message);
  message.leave(outer);
  if (message.nextTag === CONTROLS) message.skip();
  if (!message.atEnd) throw malformed('something behind an entry, in the same message');
}

/** Of results that are no refusals. */
const DETAILS: Readonly<Record<number, ErrorDetail>> = {
  3: 'answer-limited',
  4: 'answer-limited',
  10: 'answer-referred',
  11: 'answer-limited',
  32: 'base-missing',
};

function checkResult(result: LdapResult): void {
  if (result.code === 0) return;
  throw new SourceError(isRefusal(result) ? 'source-refused' : 'source-unavailable', `answered ${describeResult(result)}`, {
    detail: isRefusal(result) ? 'search-refused' : DETAILS[result.code],
    hints: resultHints(result),
  });
}

function referred(message: BerReader): SourceError {
  message.enter(SEARCH_REFERENCE);
  const target = message.atEnd ? '' : ` to "${serverText(message.bytes(OCTET_STRING).toString())}"`;
  return new SourceError('source-unavailable', `referred${target}: a part of the directory is elsewhere`, {
    detail: 'answer-referred',
    hints: resultHints(REFERRAL),
  });
}

/** The paging control was critical, so an answer without it has lost the cookie. */
function readCookie(message: BerReader): Buffer {
  if (message.nextTag === CONTROLS) message.enter(CONTROLS);
  while (!message.atEnd) {
    const outer = message.enter(SEQUENCE);
    if (message.ascii(OCTET_STRING) === PAGED_RESULTS) return readPagedResults(message);
    message.leave(outer);
  }
  throw new SourceError(
    'source-unavailable',
    'the server lost the paging cookie: its answer to a paged search has none, so nobody can tell whether this was all',
    { detail: 'paging-lost' },
  );
}

function readPagedResults(control: BerReader): Buffer {
  if (control.nextTag === BOOLEAN) control.skip();
  control.enter(OCTET_STRING);
  control.enter(SEQUENCE);
  control.skip();
  return control.bytes(OCTET_STRING);
}
