/**
 * The instance metadata service (IMDSv2): what EC2 tells a host about itself, from a link-local address and nowhere else.
 *
 * A session token is taken by PUT, and every GET carries it. The answer to the PUT may travel only as many hops as the
 * instance allows, so inside a container it is lost on the way unless the limit is 2.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError, messageOf } from '../errors.ts';

export interface InstanceMetadataOptions {
  readonly signal: AbortSignal;
  /** Read as the SDKs do: `AWS_EC2_METADATA_SERVICE_ENDPOINT`, `…_ENDPOINT_MODE` and `AWS_EC2_METADATA_DISABLED`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** The limit for one request, from connect to the last byte: it is answered by the machine below. */
const TIMEOUT = 2000;
const ATTEMPTS = 2;
const PAUSE = { least: 100, spread: 200 };
/** User data, the largest that there is, has 16 KB at most. */
const MAX_BYTES = 64 * 1024;
/** Longer than a run; a token that ends earlier is replaced. */
const TOKEN_TTL_SECONDS = 900;
const TAG_NAME = /^(?!\.{1,2}$)[A-Za-z0-9+\-=._,:@]{1,256}$/;

const BLOCKED_HINTS = [
  'on EC2: look at "aws ec2 describe-instances": MetadataOptions.HttpEndpoint must be "enabled", and no firewall may block 169.254.169.254',
  'in a container: aws ec2 modify-instance-metadata-options --instance-id ID --http-put-response-hop-limit 2',
];

/** Asks once for the token and once for each value; nothing happens before the first `get`. */
export class InstanceMetadata {
  readonly #signal: AbortSignal;
  readonly #endpoint: string;
  readonly #isDisabled: boolean;
  #token: string | undefined;

  constructor({ signal, environment }: InstanceMetadataOptions) {
    this.#signal = signal;
    this.#endpoint = endpointOf(environment);
    this.#isDisabled = environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true';
  }

  /**
   * @param path below `/latest/`: `meta-data/instance-id`, `user-data`
   * @returns undefined when there is no such thing on this instance (404)
   * @throws HoldfastError `source-unavailable` when nobody answers, `source-refused` when it says no, `data-refused` for what is
   *   no text or too long; the signal's reason when that ended it
   */
  async get(path: string): Promise<string | undefined> {
    const body = await this.#bytesOf(path);
    return body === undefined ? undefined : this.#textOf(body, path);
  }

  async #bytesOf(path: string): Promise<Buffer | undefined> {
    if (this.#isDisabled) throw this.#failure('AWS_EC2_METADATA_DISABLED is "true"', path);
    let answer = await this.#getWithToken(path);
    if (answer.status === 401) {
      this.#token = undefined;
      answer = await this.#getWithToken(path);
    }
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.#refusal(answer.status, path);
    return answer.body;
  }

  /** Such as `eu-central-1`. */
  async region(): Promise<string | undefined> {
    return await this.get('meta-data/placement/region');
  }

  /** Such as `i-0123456789abcdef0`. */
  async instanceId(): Promise<string | undefined> {
    return await this.get('meta-data/instance-id');
  }

  /** @returns undefined when the instance has no such tag, or does not show its tags (`InstanceMetadataTags`) */
  async tag(name: string): Promise<string | undefined> {
    if (TAG_NAME.test(name)) return await this.get(`meta-data/tags/instance/${name}`);
    throw new HoldfastError('configuration', `instance metadata shows no tag with the name ${JSON.stringify(name)}`, {
      hints: ['wanted: letters, digits and + - = . , _ : @, as EC2 demands of tags that an instance may read'],
    });
  }

  async userData(): Promise<string | undefined> {
    return await this.get('user-data');
  }

  /** As they are: compressed, perhaps. */
  async userDataBytes(): Promise<Buffer | undefined> {
    return await this.#bytesOf('user-data');
  }

  async #getWithToken(path: string): Promise<Answer> {
    this.#token ??= await this.#newToken();
    return await this.#ask('GET', path, { 'x-aws-ec2-metadata-token': this.#token });
  }

  async #newToken(): Promise<string> {
    const path = 'api/token';
    const { status, body } = await this.#ask('PUT', path, { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_SECONDS) });
    if (status !== 200) throw this.#refusal(status, path);
    const token = body.toString('latin1');
    if (/^[\x21-\x7e]{1,1024}$/.test(token)) return token;
    throw this.#failure('what came is no token', path, { hints: ['is something else listening there?'] });
  }

  async #ask(method: 'GET' | 'PUT', path: string, headers: Readonly<Record<string, string>>, attempts = ATTEMPTS): Promise<Answer> {
    const outcome = await this.#tryToAsk(method, path, headers);
    if (!(outcome instanceof Error)) return outcome;
    this.#signal.throwIfAborted();
    if (outcome instanceof HoldfastError) throw outcome;
    if (attempts <= 1) throw this.#failure(reasonOf(outcome), path, { hints: BLOCKED_HINTS, cause: outcome });
    await sleep(PAUSE.least + Math.random() * PAUSE.spread);
    this.#signal.throwIfAborted();
    return await this.#ask(method, path, headers, attempts - 1);
  }

  /** An error is returned when asking again may help. */
  async #tryToAsk(method: 'GET' | 'PUT', path: string, headers: Readonly<Record<string, string>>): Promise<Answer | Error> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT)]);
    try {
      const answer = await send(`${this.#endpoint}/latest/${path}`, { method, headers, signal });
      return answer.status === 429 || answer.status >= 500 ? new Error(`it answers with status ${answer.status}`) : answer;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #textOf(body: Buffer, path: string): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    } catch (error) {
      throw new HoldfastError('data-refused', `${this.#subject(path)}: it is no UTF-8 text (${body.length} bytes)`, { cause: error });
    }
  }

  #refusal(status: number, path: string): HoldfastError {
    return new HoldfastError('source-refused', `${this.#subject(path)}: it refuses with status ${status}`, {
      detail: 'metadata-refused',
      hints: BLOCKED_HINTS,
    });
  }

  #failure(reason: string, path: string, details: { readonly hints?: readonly string[]; readonly cause?: unknown } = {}): HoldfastError {
    return new HoldfastError('source-unavailable', `${this.#subject(path)}: ${reason}`, { ...details, detail: 'metadata-unavailable' });
  }

  #subject(path: string): string {
    return `instance metadata at ${this.#endpoint}: cannot read "${path}"`;
  }
}

function endpointOf(environment: InstanceMetadataOptions['environment']): string {
  const isIpv6 = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE']?.toLowerCase() === 'ipv6';
  const standard = isIpv6 ? 'http://[fd00:ec2::254]' : 'http://169.254.169.254';
  const configured = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '';
  const endpoint = configured === '' ? standard : configured;
  if (/^http:\/\/[^/?#@\s]+\/?$/.test(endpoint) && URL.canParse(endpoint)) return endpoint.replace(/\/$/, '');
  throw new HoldfastError('configuration', `AWS_EC2_METADATA_SERVICE_ENDPOINT is "${endpoint}"; wanted: "http://ADDRESS[:PORT]"`);
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function send(url: string, options: Sent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // A connection of its own: nothing stays open that would keep the process alive, and no proxy is ever asked.
  request(url, { ...options, agent: false })
    .once('response', resolve)
    .once('error', reject)
    .end();
  const response = await promise;
  return { status: response.statusCode ?? 0, body: await readAll(response) };
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES)
      throw new HoldfastError('data-refused', `instance metadata sends more than ${MAX_BYTES} bytes`, { detail: 'answer-too-large' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reasonOf(error: Error): string {
  const isTimeout = error.name === 'TimeoutError' || error.cause instanceof DOMException;
  return isTimeout ? `no answer within ${TIMEOUT / 1000} s` : messageOf(error);
}
