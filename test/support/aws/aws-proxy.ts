/**
 * What stands before moto or radosgw: it counts calls by action, and throttles, cuts, stalls and pages as AWS does.
 *
 * Requests go on byte for byte with their Host, so that signatures stay good.
 */
import { createServer, type IncomingMessage, request as send, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `throttle`: the service's own words for it. `cut`: the connection ends in the middle of the answer. `silence`: no answer.
 * A number: that status and an empty body. `raw`: that text as the answer, with status 200.
 */
export type AwsFaultKind = 'throttle' | 'cut' | 'silence' | number | { readonly raw: string };

export interface AwsFault {
  /** `iam:GetGroup`; every action when left out. */
  readonly action?: string;
  readonly kind: AwsFaultKind;
  /** How many calls it strikes; default 1. */
  readonly times?: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export async function startAwsProxy(port: number): Promise<AwsProxy> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new AwsProxy(server, port);
}

export class AwsProxy {
  readonly endpoint: string;
  /** Actions in the order of the calls, faulty ones too: `ssm:GetParameters`. */
  readonly calls: string[] = [];
  /** Members of a page of GetGroup; undefined: all on one. */
  pageSize: number | undefined;
  readonly #server: Server;
  readonly #port: number;
  #faults: { readonly action: string | undefined; readonly kind: AwsFaultKind; left: number }[] = [];

  /** @param port of the server behind it, on loopback */
  constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      void this.#pass(request, response).catch(() => response.destroy());
    });
  }

  /** Calls by action. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...new Set(this.calls)].map((action) => [action, this.calls.filter((one) => one === action).length]));
  }

  strike({ action, kind, times = 1 }: AwsFault): void {
    this.#faults.push({ action, kind, left: times });
  }

  /** No faults, no pages, no calls. */
  reset(): void {
    this.#faults = [];
    this.pageSize = undefined;
    this.calls.length = 0;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const action = actionOf(request, body);
    this.calls.push(action);
    const kind = this.#nextFault(action);
    if (kind === 'silence') return;
    if (kind !== undefined && kind !== 'cut') {
      answerFault(response, action, kind);
      return;
    }
    const answer = asJsonError(action, this.#page(action, body, await this.#forward(request, body)));
    if (kind === 'cut') cut(response, answer);
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #nextFault(action: string): AwsFaultKind | undefined {
    const fault = this.#faults.find((one) => one.left > 0 && (one.action === undefined || one.action === action));
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.kind;
  }

  async #forward({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    send({ host: '127.0.0.1', port: this.#port, method, path: url, headers, agent: false }, resolve).once('error', reject).end(body);
    const answer = await promise;
    const bytes = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>));
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: bytes };
  }

  /** moto gives the whole group, whatever MaxItems says: cut it into pages here. */
  #page(action: string, request: Buffer, answer: Answer): Answer {
    const { pageSize } = this;
    if (action !== 'iam:GetGroup' || pageSize === undefined || answer.status !== 200) return answer;
    const start = Number(new URLSearchParams(request.toString()).get('Marker') ?? 0);
    const text = answer.body.toString();
    const [, before = '', users = '', after = ''] = /^(.*<Users>)(.*)(<\/Users>.*)$/s.exec(text) ?? [];
    const members = users.match(/<member>.*?<\/member>/gs) ?? [];
    const end = start + pageSize;
    const rest = end < members.length ? `<IsTruncated>true</IsTruncated><Marker>${end}</Marker>` : '<IsTruncated>false</IsTruncated>';
    const page = before + members.slice(start, end).join('') + after.replace('<IsTruncated>false</IsTruncated>', rest);
    const body = Buffer.from(page);
    return { ...answer, body, headers: { ...answer.headers, 'content-length': String(body.length) } };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function actionOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return `ssm:${target.replace(/^.*\./, '')}`;
  const service = /\/([a-z0-9-]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 's3';
  if (service !== 's3') return `${service}:${new URLSearchParams(body.toString()).get('Action')}`;
  const isObject = /^\/[^/?]+\/[^?]/.test(url);
  return `s3:${{ GET: 'Get', HEAD: 'Head', PUT: 'Put', DELETE: 'Delete' }[method] ?? method}${isObject ? 'Object' : 'Bucket'}`;
}

/** moto refuses calls of every service in the XML of IAM; those of SSM expect JSON, and only that shows why. */
function asJsonError(action: string, answer: Answer): Answer {
  const [, code, message] =
    /<Code>([^<]*)<\/Code>\s*<Message>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?<\/Message>/s.exec(answer.body.toString('latin1')) ?? [];
  if (!action.startsWith('ssm:') || answer.status < 400 || code === undefined) return answer;
  const body = Buffer.from(JSON.stringify({ __type: code, message }));
  return { ...answer, body, headers: { 'content-type': 'application/x-amz-json-1.1', 'content-length': String(body.length) } };
}

function answerFault(response: ServerResponse, action: string, kind: Exclude<AwsFaultKind, 'cut' | 'silence'>): void {
  if (typeof kind === 'number') response.writeHead(kind).end();
  else if (kind === 'throttle') throttle(response, action);
  else response.writeHead(200, { 'content-type': 'text/html' }).end(kind.raw);
}

/** As each protocol says it. */
function throttle(response: ServerResponse, action: string): void {
  if (action.startsWith('ssm:')) {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'request-throttled' });
    response.end(JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' }));
  } else if (action.startsWith('s3:')) {
    response.writeHead(503, { 'content-type': 'application/xml', 'x-amz-request-id': 'request-throttled' });
    response.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
  } else {
    response.writeHead(400, { 'content-type': 'text/xml' });
    const error = '<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>';
    response.end(`<ErrorResponse>${error}<RequestId>request-throttled</RequestId></ErrorResponse>`);
  }
}

/** Half of the body, though the head has promised all of it. */
function cut(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _chunked, ...others } = headers;
  response.writeHead(status, { ...others, 'content-length': String(body.length) });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}
