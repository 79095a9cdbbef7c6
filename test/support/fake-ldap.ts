/**
 * An LDAP server that answers as a script says: for what no real server would do when asked to.
 *
 * A script has a generator for bind, search and extended requests, which yields what is to happen next: a response, bytes of
 * any kind, a pause, an end. What a script leaves out is answered as a server with an empty directory would.
 *
 * ```ts
 * await using server = await startFakeLdap({
 *   *search() {
 *     yield searchEntry(alice);
 *     yield searchDone({ code: 4 });
 *   },
 * });
 * ```
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import { decode } from './ber.ts';
import { type BindRequest, decodeRequest, type ExtendedRequest, type LdapRequest, type SearchRequest } from './ldap-request.ts';
import { bindResponse, encodeMessage, type Entry, extendedResponse, type Response, searchDone, searchEntry } from './ldap-response.ts';

export type Step =
  | Response
  /** As they are. */
  | Buffer
  | { readonly pauseMs: number }
  /** A response or bytes in small pieces, each after a pause. */
  | { readonly drip: Response | Buffer; readonly pieceLength: number; readonly pauseMs: number }
  /** TLS from here on; the response before it says so to the client. */
  | 'starttls'
  | 'close'
  | 'reset'
  /** No answer to this or to anything that comes after it. */
  | 'silence';

export interface Script {
  readonly bind?: (request: BindRequest) => Iterable<Step>;
  /** @param earlier how many searches this server has had before, on all connections */
  readonly search?: (request: SearchRequest, earlier: number) => Iterable<Step>;
  readonly extended?: (request: ExtendedRequest) => Iterable<Step>;
}

export interface FakeLdapOptions {
  /** Certificates as `tls.createSecureContext` takes them. */
  readonly tls?: SecureContextOptions;
  /** TLS from the first byte (ldaps); else only after StartTLS. */
  readonly ldaps?: boolean;
}

export async function startFakeLdap(script: Script = {}, options: FakeLdapOptions = {}): Promise<FakeLdap> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new FakeLdap(server, script, options);
}

/** A script's search: these entries, in pages of the size that the client wants. A cookie is the next entry's number. */
export function* answerSearch(entries: readonly Entry[], { paging }: SearchRequest): Generator<Step> {
  const start = Number(paging?.cookie.toString() ?? 0);
  const end = paging === undefined ? entries.length : start + paging.size;
  for (const entry of entries.slice(start, end)) yield searchEntry(entry);
  yield searchDone(paging === undefined ? {} : { cookie: end < entries.length ? String(end) : '' });
}

export class FakeLdap {
  readonly port: number;
  readonly uri: string;
  /** All that was asked, in order, over all connections. */
  readonly requests: LdapRequest[] = [];
  connections = 0;
  /** For requests from now on. */
  script: Script;
  readonly #server: Server;
  readonly #options: FakeLdapOptions;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, script: Script, options: FakeLdapOptions) {
    this.#server = server;
    this.script = script;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    this.uri = `${options.ldaps ? 'ldaps' : 'ldap'}://127.0.0.1:${this.port}`;
    server.on('connection', (socket) => this.#accept(socket));
  }

  get searches(): SearchRequest[] {
    return this.requests.filter((request) => request.operation === 'search');
  }

  get binds(): BindRequest[] {
    return this.requests.filter((request) => request.operation === 'bind');
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true).on('error', () => undefined);
    const connection = new Connection(socket, this.#options, (request) => this.#answer(request));
    void connection.serve();
  }

  #answer(request: LdapRequest): Iterable<Step> {
    const earlier = this.searches.length;
    this.requests.push(request);
    switch (request.operation) {
      case 'bind':
        return this.script.bind?.(request) ?? [bindResponse()];
      case 'search':
        return this.script.search?.(request, earlier) ?? answerSearch([], request);
      case 'extended':
        return this.script.extended?.(request) ?? this.#answerStartTls();
      default:
        return request.operation === 'unbind' ? ['close'] : [];
    }
  }

  #answerStartTls(): Step[] {
    return this.#options.tls
      ? [extendedResponse(), 'starttls']
      : [extendedResponse({ code: 2, diagnostic: 'unsupported extended operation' })];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

class Connection {
  #socket: Socket;
  readonly #options: FakeLdapOptions;
  readonly #answer: (request: LdapRequest) => Iterable<Step>;

  constructor(socket: Socket, options: FakeLdapOptions, answer: (request: LdapRequest) => Iterable<Step>) {
    this.#socket = socket;
    this.#options = options;
    this.#answer = answer;
  }

  /** One request after the other, as they come. */
  async serve(): Promise<void> {
    if (this.#options.ldaps) this.#startTls();
    let received: Buffer = Buffer.alloc(0);
    for (;;) {
      const message = decode(received);
      if (message !== undefined) {
        received = received.subarray(message.bytes.length);
        if (!(await this.#handle(decodeRequest(message)))) return;
        continue;
      }
      const chunk = await nextChunk(this.#socket);
      if (chunk === undefined) return;
      received = Buffer.concat([received, chunk]);
    }
  }

  /** @returns whether the connection goes on */
  async #handle(request: LdapRequest): Promise<boolean> {
    for (const step of this.#answer(request)) {
      if (step === 'silence' || step === 'close' || step === 'reset') {
        this.#end(step);
        return false;
      }
      await this.#take(step, request.messageId);
    }
    return true;
  }

  async #take(step: Exclude<Step, 'silence' | 'close' | 'reset'>, messageId: number): Promise<void> {
    if (step === 'starttls') this.#startTls();
    else if (Buffer.isBuffer(step)) this.#socket.write(step);
    else if ('drip' in step) await this.#drip(bytesOf(step.drip, messageId), step.pieceLength, step.pauseMs);
    else if ('pauseMs' in step) await sleep(step.pauseMs);
    else this.#socket.write(bytesOf(step, messageId));
  }

  async #drip(bytes: Buffer, pieceLength: number, pauseMs: number): Promise<void> {
    for (let start = 0; start < bytes.length && !this.#socket.destroyed; start += pieceLength) {
      await sleep(pauseMs);
      this.#socket.write(bytes.subarray(start, start + pieceLength));
    }
  }

  #end(how: 'silence' | 'close' | 'reset'): void {
    if (how === 'close') this.#socket.end();
    if (how === 'reset') this.#socket.resetAndDestroy();
    if (how !== 'reset') this.#socket.resume();
  }

  #startTls(): void {
    const secureContext = createSecureContext(this.#options.tls);
    const secure = new TLSSocket(this.#socket, { isServer: true, secureContext });
    secure.on('error', () => undefined);
    this.#socket = secure;
  }
}

function bytesOf(message: Response | Buffer, requestId: number): Buffer {
  return Buffer.isBuffer(message) ? message : encodeMessage(requestId, message);
}

/** `undefined` when the other side has ended. */
async function nextChunk(socket: Socket): Promise<Buffer | undefined> {
  while (!socket.readableEnded && !socket.destroyed) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) return chunk;
    await changeOf(socket);
  }
  return undefined;
}

async function changeOf(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const changes = ['readable', 'end', 'close'] as const;
  for (const change of changes) socket.once(change, resolve);
  await promise;
  for (const change of changes) socket.off(change, resolve);
}
