/**
 * Networks that fail: a loopback proxy that cuts or stalls a connection at an exact byte, and a server that never answers.
 *
 * Bytes are counted as they are on the wire, so inside TLS a fault strikes in the middle of a record.
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `fin`: an orderly end to both sides. `reset`: RST to both. `silence`: connections stay open and nothing moves. */
export type FaultKind = 'fin' | 'reset' | 'silence';

export interface Fault {
  readonly kind: FaultKind;
  /** On each connection, that many bytes still get through. The fault strikes when there are more, or at once if 0. */
  readonly afterBytes: number;
  /** Which bytes are counted; default `from-server`. */
  readonly direction?: Direction;
}

export type Direction = 'from-server' | 'from-client';

export interface ProxyTarget {
  readonly port: number;
  readonly host?: string;
}

export async function startProxy(target: ProxyTarget, fault?: Fault): Promise<TcpProxy> {
  const server = createServer({ allowHalfOpen: true });
  const port = await listen(server);
  const proxy = new TcpProxy(server, port, target);
  proxy.fault = fault;
  return proxy;
}

export class TcpProxy {
  readonly port: number;
  /** For connections from now on. */
  fault: Fault | undefined;
  /** How many clients have connected. */
  connections = 0;
  /** Bytes that were passed on, over all connections. */
  readonly passed: Record<Direction, number> = { 'from-server': 0, 'from-client': 0 };
  readonly #server: Server;
  readonly #target: ProxyTarget;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, port: number, target: ProxyTarget) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    server.on('connection', (client) => this.#connect(client));
  }

  /** Starts counting again from nothing. */
  resetCounters(): void {
    this.connections = 0;
    this.passed['from-server'] = 0;
    this.passed['from-client'] = 0;
  }

  #connect(client: Socket): void {
    this.connections += 1;
    const server = connect({ host: '127.0.0.1', allowHalfOpen: true, ...this.#target });
    const pair = [client, server] as const;
    for (const socket of pair) this.#keep(socket);
    // Whatever ends one side badly ends the other the same way.
    client.on('error', () => server.resetAndDestroy());
    server.on('error', () => client.resetAndDestroy());
    const { fault } = this;
    this.#pass('from-server', server, client, fault);
    this.#pass('from-client', client, server, fault);
    if (fault?.afterBytes === 0) strike(fault.kind, pair);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket.setNoDelay(true));
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #pass(direction: Direction, from: Socket, to: Socket, fault: Fault | undefined): void {
    const isCounted = (fault?.direction ?? 'from-server') === direction;
    let left = fault !== undefined && isCounted ? fault.afterBytes : Number.POSITIVE_INFINITY;
    from.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, left);
      left -= part.length;
      this.passed[direction] += part.length;
      const isWritten = to.write(part, () => {
        if (fault !== undefined && part.length < chunk.length) strike(fault.kind, [from, to]);
      });
      if (part.length < chunk.length) from.pause();
      else if (!isWritten) waitForDrain(from, to);
    });
    from.on('end', () => to.end());
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await close(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function waitForDrain(from: Socket, to: Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
}

function strike(kind: FaultKind, sockets: readonly Socket[]): void {
  for (const socket of sockets) {
    socket.pause().removeAllListeners('data').removeAllListeners('end').removeAllListeners('drain');
    // Reads on: closing a socket with unread bytes in it would send RST.
    if (kind === 'fin') socket.resume().end();
    if (kind === 'reset') socket.resetAndDestroy();
  }
}

export async function startSilentServer(): Promise<SilentServer> {
  const server = createServer();
  return new SilentServer(server, await listen(server));
}

/** Takes connections and whatever is sent on them, and never answers. */
export class SilentServer {
  readonly port: number;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined).resume();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await close(this.#server);
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
