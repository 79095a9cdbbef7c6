/**
 * One LDAP search over a bound connection, complete or thrown.
 *
 * ldapts encodes the request. The answer is read here, since its own paged search takes a lost cookie for the last page and
 * reconnects without binding: both would pass a part of the directory off as the whole.
 *
 * @see RFC 4511 section 4.5 (search), RFC 2696 (paged results)
 */
import type { Socket } from 'node:net';
import { type Filter, PagedResultsControl, SearchRequest } from 'ldapts';
import { SourceError } from '../source.ts';
import { type BerReader, MessageReader, malformed } from './message-reader.ts';
import { isRefusal, resultHints, resultName } from './result-codes.ts';

export interface SearchPass {
  readonly searchBase: string;
  readonly scope: 'one' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly pageSize: number;
}

/** Reads one SearchResultEntry, into which the message has been entered. */
export type EntryListener = (message: BerReader) => void;

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const ENUMERATED = 0x0a;
const SEQUENCE = 0x30;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;
const EXTENDED_RESPONSE = 0x78;
const CONTROLS = 0xa0;
/** Result code 10, referral: a server's word that the answer is elsewhere. */
const REFERRAL = 10;
const PAGED_RESULTS = '1.2.840.113556.1.4.319';

/** Servers may answer with an empty page and a cookie (Active Directory does); one that goes on like that is broken. */
const EMPTY_PAGES_MAX = 100;

export class Searcher {
  readonly #socket: Socket;
  #messageId = 1000;

  /** @param socket bound, and read by nobody else */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Calls `onEntry` for every entry that matches.
   *
   * @throws SourceError for any result but success, a referral, a lost cookie, a cut connection, or an answer that is no LDAP
   */
  async search(pass: SearchPass, onEntry: EntryListener): Promise<void> {
    let cookie: Buffer | undefined = Buffer.alloc(0);
    let emptyPages = 0;
    while (cookie !== undefined) {
      let entries = 0;
      const next: Buffer = await this.#page(pass, cookie, (message) => {
        entries += 1;
        onEntry(message);
      });
      emptyPages = entries === 0 ? emptyPages + 1 : 0;
      if (emptyPages > EMPTY_PAGES_MAX) throw malformed(`${EMPTY_PAGES_MAX} empty pages in a row, each with a cookie for another`);
      cookie = next.length === 0 ? undefined : next;
    }
  }

  #page(pass: SearchPass, cookie: Buffer, onEntry: EntryListener): Promise<Buffer> {
    this.#messageId += 1;
    const answer = new PageAnswer(this.#messageId, pass.searchBase, onEntry);
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void): void => {
        this.#socket.off('data', onData).off('close', onClose).off('error', onError);
        settled();
      };
      const onData = (chunk: Buffer): void => {
        try {
          const nextCookie = answer.push(chunk);
          if (nextCookie !== undefined) settle(() => resolve(nextCookie));
        } catch (error) {
          settle(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const onError = (error: Error): void => settle(() => reject(cut(error.message, error)));
      const onClose = (): void => settle(() => reject(cut('the server closed it')));
      if (this.#socket.destroyed) return reject(cut('it is closed'));
      this.#socket.on('data', onData).on('close', onClose).on('error', onError);
      this.#socket.write(encodeRequest(this.#messageId, pass, cookie));
    });
  }
}

function cut(why: string, cause?: Error): SourceError {
  return new SourceError('source-unavailable', `the connection was cut in the middle of a search: ${why}`, { cause });
}

function encodeRequest(messageId: number, pass: SearchPass, cookie: Buffer): Buffer {
  const paging = new PagedResultsControl({ critical: true, value: { size: pass.pageSize, cookie } });
  const request = new SearchRequest({
    messageId,
    baseDN: pass.searchBase,
    scope: pass.scope,
    filter: pass.filter,
    attributes: [...pass.attributes],
    controls: [paging],
  });
  return request.write();
}

/** Reads the messages that answer one request, up to its SearchResultDone. */
class PageAnswer {
  readonly #messages = new MessageReader();
  readonly #messageId: number;
  readonly #searchBase: string;
  readonly #onEntry: EntryListener;

  constructor(messageId: number, searchBase: string, onEntry: EntryListener) {
    this.#messageId = messageId;
    this.#searchBase = searchBase;
    this.#onEntry = onEntry;
  }

  /** @returns the cookie once the page is complete; an empty one after the last page */
  push(chunk: Buffer): Buffer | undefined {
    let cookie: Buffer | undefined;
    for (const message of this.#messages.push(chunk)) {
      if (cookie !== undefined) throw malformed('a message after the end of the search');
      cookie = this.#read(message);
    }
    return cookie;
  }

  #read(message: BerReader): Buffer | undefined {
    const messageId = message.integer(INTEGER);
    const operation = message.nextTag;
    if (messageId === 0 && operation === EXTENDED_RESPONSE) throw this.#disconnected(message);
    if (messageId !== this.#messageId) throw malformed(`an answer to request ${messageId}, when request ${this.#messageId} was asked`);
    switch (operation) {
      case SEARCH_ENTRY:
        message.enter(SEARCH_ENTRY);
        this.#onEntry(message);
        return undefined;
      case SEARCH_DONE:
        this.#checkResult(message);
        return readCookie(message);
      case SEARCH_REFERENCE:
        throw this.#referred(message);
      default:
        throw malformed(`operation 0x${operation?.toString(16)} in answer to a search`);
    }
  }

  #checkResult(message: BerReader): void {
    const { code, words } = readResult(message, SEARCH_DONE);
    if (code === 0) return;
    throw new SourceError(
      isRefusal(code) ? 'source-refused' : 'source-unavailable',
      `search below "${this.#searchBase}" was answered ${resultName(code)}${words}`,
      { hints: resultHints(code) },
    );
  }

  #referred(message: BerReader): SourceError {
    message.enter(SEARCH_REFERENCE);
    const target = message.atEnd ? '' : ` to ${JSON.stringify(message.ascii(OCTET_STRING))}`;
    return new SourceError(
      'source-unavailable',
      `search below "${this.#searchBase}" was referred${target}: a part of the directory is elsewhere`,
      {
        hints: resultHints(REFERRAL),
      },
    );
  }

  #disconnected(message: BerReader): SourceError {
    const { code, words } = readResult(message, EXTENDED_RESPONSE);
    return new SourceError('source-unavailable', `the server ended the connection: ${resultName(code)}${words}`);
  }
}

/** LDAPResult: the code, and the server's own words as they go behind it. */
function readResult(message: BerReader, operation: number): { readonly code: number; readonly words: string } {
  const outer = message.enter(operation);
  const code = message.integer(ENUMERATED);
  message.skip();
  const diagnostic = message.bytes(OCTET_STRING).toString('utf8');
  message.leave(outer);
  return { code, words: diagnostic === '' ? '' : `: ${JSON.stringify(diagnostic)}` };
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
  );
}

function readPagedResults(control: BerReader): Buffer {
  if (control.nextTag === BOOLEAN) control.skip();
  control.enter(OCTET_STRING);
  control.enter(SEQUENCE);
  control.skip();
  return control.bytes(OCTET_STRING);
}
