/**
 * Ports for servers that tests start.
 *
 * Below the range that Linux takes client ports from (32768 and up): a server that is down for a moment must find its
 * port free when it comes back, whatever connections were opened meanwhile.
 */

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST_PORT = 20_000;
const LOWEST_CLIENT_PORT = 32_768;

/** A port on which nobody listens now. Another program may take it before its user does: retry. */
export async function freePort(): Promise<number> {
  return await retry(20, async () => await probe(randomInt(LOWEST_PORT, LOWEST_CLIENT_PORT)));
}

async function probe(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const server = createServer().once('error', reject).listen(port, '127.0.0.1', resolve);
  await promise;
  await new Promise((closed) => server.close(closed));
  return port;
}

export async function retry<Value>(times: number, attempt: () => Promise<Value>): Promise<Value> {
  try {
    return await attempt();
  } catch (error) {
    if (times <= 1) throw error;
    return await retry(times - 1, attempt);
  }
}
