/**
 * An instance metadata service for tests: IMDSv2 as EC2 speaks it, with faults on demand.
 *
 * Not even an image of it exists for hosts outside EC2, so this is the one AWS service that is not a real program here.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface InstanceFacts {
  readonly region?: string;
  readonly instanceId?: string;
  /** Undefined: the instance does not show its tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly userData?: string | Buffer | undefined;
  readonly role?: RoleCredentials | undefined;
}

export interface RoleCredentials {
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** `silence`: the request is taken and never answered. A number: that status, to GET and PUT alike. */
export type MetadataFault = 'silence' | number;

/** @param address where it listens; the real one, 169.254.169.254 port 80, wants a network of its own */
export async function startInstanceMetadata(
  facts: InstanceFacts = {},
  address = { host: '127.0.0.1', port: 0 },
): Promise<FakeInstanceMetadata> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return new FakeInstanceMetadata(server, facts);
}

export class FakeInstanceMetadata {
  /** Can be replaced while it runs. */
  facts: InstanceFacts;
  /** For the next requests: the first fault for the first of them, and so on. */
  readonly faults: MetadataFault[] = [];
  /** `PUT /latest/api/token`, `GET /latest/user-data`, in the order in which they came. */
  readonly requests: string[] = [];
  readonly endpoint: string;
  readonly #server: Server;
  readonly #tokens = new Set<string>();

  constructor(server: Server, facts: InstanceFacts) {
    this.#server = server;
    this.facts = facts;
    this.endpoint = originOf(server.address() as AddressInfo);
    server.on('request', (request, response) => this.#answer(request, response));
  }

  /** What makes the SDK and holdfast ask here. */
  get environment(): Record<string, string> {
    return { AWS_EC2_METADATA_SERVICE_ENDPOINT: this.endpoint };
  }

  /** All tokens end, as after their TTL. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // The SDK asks for //latest when its endpoint ends in a slash; the real service takes that.
    const path = (request.url ?? '').replace(/^\/+/, '/');
    this.requests.push(`${request.method} ${path}`);
    const fault = this.faults.shift();
    if (fault === 'silence') return;
    const { status, body } = fault === undefined ? this.#respond(request, path) : { status: fault, body: '' };
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  }

  #respond({ method, headers }: IncomingMessage, path: string): { status: number; body: string | Buffer } {
    if (method === 'PUT' && path === '/latest/api/token') return this.#newToken(headers['x-aws-ec2-metadata-token-ttl-seconds']);
    const token = headers['x-aws-ec2-metadata-token'];
    if (typeof token !== 'string' || !this.#tokens.has(token)) return { status: 401, body: '' };
    const body = method === 'GET' ? this.#valueAt(path) : undefined;
    return body === undefined ? { status: 404, body: '' } : { status: 200, body };
  }

  #newToken(ttl: string | string[] | undefined): { status: number; body: string } {
    const seconds = Number(ttl);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 21_600) return { status: 400, body: '' };
    const token = randomBytes(40).toString('base64');
    this.#tokens.add(token);
    return { status: 200, body: token };
  }

  #valueAt(path: string): string | Buffer | undefined {
    const { region, instanceId, tags, userData, role } = this.facts;
    const tag = '/latest/meta-data/tags/instance/';
    const credentials = '/latest/meta-data/iam/security-credentials/';
    if (path === '/latest/meta-data/placement/region') return region;
    if (path === '/latest/meta-data/instance-id') return instanceId;
    if (path === '/latest/user-data') return userData;
    if (path === tag.slice(0, -1) || path === tag) return tags && Object.keys(tags).join('\n');
    if (path.startsWith(tag)) return valueOf(tags, path.slice(tag.length));
    if (path === credentials) return role?.name;
    return role !== undefined && path === credentials + role.name ? JSON.stringify(asDocument(role)) : undefined;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function originOf({ address, port }: AddressInfo): string {
  return `http://${address}:${port}`;
}

function valueOf(tags: InstanceFacts['tags'], name: string): string | undefined {
  return tags !== undefined && Object.hasOwn(tags, name) ? tags[name] : undefined;
}

function asDocument({ accessKeyId, secretAccessKey, sessionToken }: RoleCredentials): Record<string, string> {
  return {
    Code: 'Success',
    LastUpdated: new Date().toISOString(),
    Type: 'AWS-HMAC',
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: new Date(Date.now() + 6 * 3_600_000).toISOString(),
  };
}
