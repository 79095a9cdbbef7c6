/**
 * ldapts over a connection of ours: it encodes binds and extended operations, sends them, and judges their results.
 *
 * It does not see the server's bytes. Its parser believes lengths, so that sixteen wrong bytes in answer to a bind send it
 * round until the memory is full; and it passes over garbage in silence, until the time is up. What it gets is the result as
 * our own reader has understood it, written anew.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { BerWriter, Client, ResultCodeError } from 'ldapts';
import type { MessageChannel } from './channel.ts';
import { BerReader } from './message-reader.ts';
import { type LdapResult, readResult } from './result-codes.ts';

const INTEGER = 0x02;
const SEQUENCE = 0x30;
const BIND_REQUEST = 0x60;
const BIND_RESPONSE = 0x61;
const EXTENDED_RESPONSE = 0x78;

/**
 * @param operation one request
 * @returns the server's result, whatever it is
 * @throws what the channel throws
 */
export async function requestByLdapts(channel: MessageChannel, operation: (client: Client) => Promise<unknown>): Promise<LdapResult> {
  const stream = new ResultStream(channel);
  const client = new Client({ url: 'ldap://localhost', createConnection: () => stream.connected() });
  try {
    await operation(client);
  } catch (error) {
    if (!(error instanceof ResultCodeError)) throw stream.failure ?? error;
  }
  if (stream.result === undefined) throw new Error('ldapts has sent no request');
  return stream.result;
}

/** Requests go in, results come out. */
class ResultStream extends Duplex {
  readonly #channel: MessageChannel;
  result: LdapResult | undefined;
  failure: unknown;

  constructor(channel: MessageChannel) {
    super();
    this.#channel = channel;
  }

  /** ldapts uses nothing of a socket but what every stream has, and waits for `connect`. */
  connected(): Socket {
    process.nextTick(() => this.emit('connect'));
    return this as unknown as Socket;
  }

  override _read(): void {
    // Results are pushed as they come.
  }

  override _write(request: Buffer, _encoding: BufferEncoding, done: () => void): void {
    void this.#exchange(request);
    done();
  }

  async #exchange(request: Buffer): Promise<void> {
    const { messageId, responseTag } = readHeader(request);
    try {
      this.result = await this.#channel.exchange(messageId, request, (message) => readResult(message, responseTag));
      this.push(encodeResult(messageId, responseTag, this.result));
    } catch (error) {
      this.failure = error;
      this.destroy(error instanceof Error ? error : undefined);
    }
  }
}

function readHeader(request: Buffer): { readonly messageId: number; readonly responseTag: number } {
  const message = new BerReader(request, 0, request.length);
  message.enter(SEQUENCE);
  const messageId = message.integer(INTEGER);
  return { messageId, responseTag: message.nextTag === BIND_REQUEST ? BIND_RESPONSE : EXTENDED_RESPONSE };
}

function encodeResult(messageId: number, tag: number, { code, diagnostic }: LdapResult): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(messageId);
  writer.startSequence(tag);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString(diagnostic);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}
