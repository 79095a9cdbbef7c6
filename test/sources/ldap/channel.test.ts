import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../src/errors.ts';
import { MessageChannel } from '../../../src/sources/ldap/channel.ts';
import type { BerReader } from '../../../src/sources/ldap/message-reader.ts';
import { encodeMessage, noticeOfDisconnection, searchDone } from '../../support/ldap-response.ts';
import { failureOf } from '../ldap-source.ts';

const request = Buffer.from('anything');
const answer = encodeMessage(5, searchDone());
const open: Disposable[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one[Symbol.dispose]();
});

/** Both ends of a connection: ours, and the server's socket. */
async function connectPair(): Promise<{ readonly client: Socket; readonly server: Socket }> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [server] = (await once(listener, 'connection')) as [Socket];
  server.on('error', () => undefined).resume();
  if (client.connecting) await once(client, 'connect');
  listener.close();
  open.push({ [Symbol.dispose]: () => [client, server].map((socket) => socket.destroy()) });
  return { client, server };
}

function tagOf(message: BerReader): number | undefined {
  return message.nextTag;
}

function ask(channel: MessageChannel, id = 5): Promise<number> {
  return channel.exchange(id, request, tagOf);
}

/** `once` would reject with the error that comes before. */
async function closed(socket: Socket): Promise<void> {
  await new Promise((resolve) => socket.once('close', resolve));
}

const never = new AbortController().signal;

describe('MessageChannel', () => {
  test('sends a request and gives what answers it', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.once('data', (bytes: Buffer) => server.write(bytes.equals(request) ? answer : 'no'));
    expect(await ask(channel)).toBe(0x65);
  });

  test('hands over every message until the answer is complete', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.write(Buffer.concat([answer, answer, answer]));
    let left = 3;
    expect(await channel.exchange(5, request, () => (--left === 0 ? 'all' : undefined))).toBe('all');
  });

  test('notices what comes between two requests, and refuses the second', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.once('data', () => server.write(answer));
    await ask(channel);
    server.write(encodeMessage(0, noticeOfDisconnection({ code: 52, diagnostic: 'maintenance' })));
    await closed(client);
    expect((await failureOf(ask(channel, 6))).message).toBe('the server ended the connection: unavailable (52): "maintenance"');
  });

  test('refuses a message that nobody asked for', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.write(answer);
    await closed(client);
    expect((await failureOf(ask(channel))).message).toBe("the server's answer is no LDAP: a message that nobody asked for");
  });

  test('survives a connection that is reset while nobody waits', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.resetAndDestroy();
    await closed(client);
    expect((await failureOf(ask(channel))).message).toBe('the connection was reset (ECONNRESET)');
  });

  test('knows a connection that was over before', async () => {
    const { client, server } = await connectPair();
    client.on('error', () => undefined).resume();
    server.resetAndDestroy();
    await closed(client);
    expect((await failureOf(ask(new MessageChannel(client, never)))).message).toBe('the connection was reset (ECONNRESET)');
    const other = await connectPair();
    other.client.destroy();
    expect((await failureOf(ask(new MessageChannel(other.client, never)))).message).toBe('the server closed the connection');
  });

  test('gives the reason of an abort as it is', async () => {
    const { client } = await connectPair();
    const controller = new AbortController();
    const channel = new MessageChannel(client, controller.signal);
    const asked = ask(channel);
    const reason = new HoldfastError('source-unavailable', 'interrupted by SIGTERM');
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(client.destroyed).toBe(true);
  });

  test('ends with last words, and does not mind an abort after that', async () => {
    const { client, server } = await connectPair();
    const controller = new AbortController();
    const channel = new MessageChannel(client, controller.signal);
    const received = once(server, 'data') as Promise<[Buffer]>;
    channel.close(Buffer.from('bye'));
    controller.abort(new Error('too late'));
    expect((await received)[0].toString()).toBe('bye');
    await once(server, 'close');
  });

  test('gives its socket away', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.once('data', () => server.write(answer));
    await ask(channel);
    channel.release();
    const received = once(client, 'data') as Promise<[Buffer]>;
    server.write('for somebody else');
    expect((await received)[0].toString()).toBe('for somebody else');
  });

  test('does not give its socket away with the beginning of a message on it', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.once('data', () => server.write(Buffer.concat([answer, answer.subarray(0, 4)])));
    await ask(channel);
    expect(() => channel.release()).toThrow("the server's answer is no LDAP: there is more behind the answer");
  });

  test('does not give its socket away when it is over', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.end();
    await closed(client);
    await sleep(0);
    expect(() => channel.release()).toThrow('the server closed the connection');
  });

  test('lets a bug in the reader through as what it is', async () => {
    const { client, server } = await connectPair();
    const channel = new MessageChannel(client, never);
    server.write(answer);
    const bug = new TypeError('undefined is not a function');
    const exchange = channel.exchange(5, request, () => {
      throw bug;
    });
    await expect(exchange).rejects.toBe(bug);
  });
});
