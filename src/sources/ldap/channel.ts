/**
 * A connection as LDAP messages: one request at a time, and everything that answers it.
 *
 * The listeners stay as long as the channel has the socket: an error that nobody listens for would end the process, and a
 * message that comes between two requests would be lost.
 */
import type { Socket } from 'node:net';
import { HoldfastError } from '../../errors.ts';
import { SourceError } from '../source.ts';
import { describeEnd, PeerClosed } from './connection-end.ts';
import { destroyOnAbort } from './destroy-on-abort.ts';
import { type BerReader, MessageReader, malformed } from './message-reader.ts';
import { describeResult, readResult } from './result-codes.ts';

const INTEGER = 0x02;
const EXTENDED_RESPONSE = 0x78;

/** The connection is over; `cause` is the socket's own error. */
export class ConnectionLost extends SourceError {
  constructor(cause: Error) {
    super('source-unavailable', describeEnd(cause), { detail: 'answer-cut', cause });
  }
}

interface Exchange {
  readonly messageId: number;
  /** @returns what settles the exchange, once the answer is complete */
  readonly read: (message: BerReader) => (() => void) | undefined;
  readonly reject: (error: Error) => void;
}

export class MessageChannel {
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  readonly #stopWatching: () => void;
  #exchange: Exchange | undefined;
  #failure: Error | undefined;

  /**
   * @param socket open, and read by nobody else
   * @param signal ends the connection whenever it is aborted, with its reason as the error
   */
  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    socket.on('data', this.#onData).on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onEnd);
    this.#stopWatching = destroyOnAbort(socket, signal);
    if (socket.errored !== null) this.#onError(socket.errored);
    else if (socket.destroyed) this.#onEnd();
  }

  /**
   * Sends a request and hands every message that answers it to `read`, at its operation, until that returns the answer.
   *
   * @param messageId the request's
   * @throws SourceError when the connection ends before, or for a message that is no answer to the request
   */
  exchange<Answer>(messageId: number, request: Buffer, read: (message: BerReader) => Answer | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#exchange = {
        messageId,
        read: (message) => {
          const answer = read(message);
          return answer === undefined ? undefined : () => resolve(answer);
        },
        reject,
      };
      this.#socket.write(request);
    });
  }

  /**
   * Leaves the socket to somebody else, after an answer with nothing behind it.
   *
   * @throws SourceError when there is more: what came in the clear must not be taken for what comes inside TLS
   */
  release(): void {
    this.#stopWatching();
    this.#socket.off('data', this.#onData).off('error', this.#onError).off('end', this.#onEnd).off('close', this.#onEnd);
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#reader.isEmpty) throw malformed('there is more behind the answer');
  }

  /** Ends the connection with these last bytes. */
  close(farewell: Buffer): void {
    this.#stopWatching();
    if (!this.#socket.destroyed) this.#socket.end(farewell);
    this.#socket.destroySoon();
  }

  readonly #onData = (chunk: Buffer): void => {
    let settle: (() => void) | undefined;
    try {
      for (const message of this.#reader.push(chunk)) {
        if (settle !== undefined) throw malformed('a message after the end of the answer');
        settle = this.#take(message);
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (settle === undefined) return;
    this.#exchange = undefined;
    settle();
  };

  #take(message: BerReader): (() => void) | undefined {
    const messageId = message.integer(INTEGER);
    if (messageId === 0 && message.nextTag === EXTENDED_RESPONSE) throw disconnected(message);
    if (this.#exchange === undefined) throw malformed('a message that nobody asked for');
    const { messageId: asked, read } = this.#exchange;
    if (messageId !== asked) throw malformed(`an answer to request ${messageId}, when request ${asked} was asked`);
    return read(message);
  }

  readonly #onError = (error: Error): void => this.#fail(error instanceof HoldfastError ? error : new ConnectionLost(error));

  readonly #onEnd = (): void => this.#fail(new ConnectionLost(new PeerClosed()));

  /** The first failure is the reason; what follows from it says less. */
  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#socket.destroy();
    this.#exchange?.reject(error);
  }
}

/** RFC 4511 section 4.4.1: a server's last words. */
function disconnected(message: BerReader): SourceError {
  return new SourceError(
    'source-unavailable',
    `the server ended the connection: ${describeResult(readResult(message, EXTENDED_RESPONSE))}`,
    { detail: 'answer-cut' },
  );
}
