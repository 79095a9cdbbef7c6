import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy, startSilentServer } from './tcp-proxy.ts';

const answer = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

let server: Server;
let port: number;

/** Sends its answer to whoever has sent four bytes, and closes. */
beforeAll(async () => {
  server = createServer((socket) => {
    let received = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received === 4) socket.end(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => server.close());

async function ask(proxyPort: number): Promise<Buffer> {
  const socket = connect(proxyPort, '127.0.0.1');
  socket.write('ping');
  return await buffer(socket);
}

describe('a proxy', () => {
  test('passes everything on and counts it', async () => {
    await using proxy = await startProxy({ port });
    expect(await ask(proxy.port)).toEqual(answer);
    expect(await ask(proxy.port)).toEqual(answer);
    expect(proxy).toMatchObject({ connections: 2, passed: { 'from-server': 600_000, 'from-client': 8 } });
    proxy.resetCounters();
    expect(proxy).toMatchObject({ connections: 0, passed: { 'from-server': 0, 'from-client': 0 } });
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 299_999])('ends the connection after exactly %i bytes', async (afterBytes) => {
    await using proxy = await startProxy({ port }, { kind: 'fin', afterBytes });
    expect(await ask(proxy.port)).toEqual(answer.subarray(0, afterBytes));
  });

  test('lets everything through when the fault would come after the end', async () => {
    await using proxy = await startProxy({ port }, { kind: 'reset', afterBytes: answer.length });
    expect(await ask(proxy.port)).toEqual(answer);
  });

  test('resets the connection', async () => {
    await using proxy = await startProxy({ port }, { kind: 'reset', afterBytes: 1000 });
    await expect(ask(proxy.port)).rejects.toThrow('ECONNRESET');
    expect(proxy.passed['from-server']).toBe(1000);
  });

  test('keeps the connection open in silence', async () => {
    await using proxy = await startProxy({ port }, { kind: 'silence', afterBytes: 1000 });
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('ping');
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    await sleep(200);
    expect({ received, open: !socket.destroyed && !socket.readableEnded }).toEqual({ received: 1000, open: true });
    socket.destroy();
  });

  test('counts the bytes of the client when told to', async () => {
    await using proxy = await startProxy({ port }, { kind: 'fin', afterBytes: 3, direction: 'from-client' });
    expect(await ask(proxy.port)).toHaveLength(0);
    expect(proxy.passed).toEqual({ 'from-server': 0, 'from-client': 3 });
  });

  test('can fail on one connection and work on the next', async () => {
    await using proxy = await startProxy({ port }, { kind: 'fin', afterBytes: 10 });
    expect(await ask(proxy.port)).toHaveLength(10);
    proxy.fault = undefined;
    expect(await ask(proxy.port)).toHaveLength(answer.length);
  });

  test('resets the client when there is no server', async () => {
    await using nobody = await startSilentServer();
    const gone = nobody.port;
    await nobody[Symbol.asyncDispose]();
    await using proxy = await startProxy({ port: gone });
    await expect(ask(proxy.port)).rejects.toThrow('ECONNRESET');
  });
});

test('a silent server takes connections and says nothing', async () => {
  await using silent = await startSilentServer();
  const socket = connect(silent.port, '127.0.0.1');
  socket.write('anybody there?');
  await sleep(200);
  expect(socket).toMatchObject({ bytesRead: 0, destroyed: false });
  expect(silent.connections).toBe(1);
  socket.destroy();
});
