/**
 * AWS for one run: its services, each loaded with its first call, with one set of credentials, one region and limits.
 *
 * Credentials come from the SDK's default chain: environment, profile, container, instance role. Where a service is
 * found can be said with the SDK's own variables alone (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`, …).
 */
import type { IAM } from '@aws-sdk/client-iam';
import type { S3 } from '@aws-sdk/client-s3';
import type { SSM } from '@aws-sdk/client-ssm';
import type { STS, STSClientConfig } from '@aws-sdk/client-sts';
import { once } from '../directory/once.ts';
import { noteDates } from './answer-date.ts';
import { limitAnswers } from './answer-limit.ts';
import { HoldfastError } from '../errors.ts';
import { type AwsCall, explainFailure, isMissingCredentials, noCredentialsYet, overBudget } from './call-failure.ts';
import { InstanceMetadata } from './instance-metadata.ts';
import { resolveRegion } from './region.ts';

export interface AwsOptions {
  /** `[aws] region`. */
  readonly region: string | undefined;
  /** The process's own: the SDK reads that, whatever is here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends every call. */
  readonly signal: AbortSignal;
  /** Milliseconds for one call with all its attempts; default 60 seconds. */
  readonly budget?: number;
}

export interface Role {
  readonly arn: string;
  readonly externalId?: string | undefined;
  /** Seen in CloudTrail: letters, digits and `=,.@-`. */
  readonly sessionName: string;
}

/** To be handed on to the SDK as it is. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

type Send<Client, Answer> = (client: Client, options: CallOptions) => Promise<Answer>;
type Credentials = NonNullable<STSClientConfig['credentials']>;

interface OpenClient {
  readonly config: { readonly credentials: Credentials };
  destroy(): void;
}

const NEXT_TO_THE_WIRE = { step: 'deserialize', priority: 'low', name: 'limitAnswers' } as const;
const ALSO_NEXT_TO_THE_WIRE = { ...NEXT_TO_THE_WIRE, name: 'noteDates' } as const;
const BUDGET = 60_000;
/** Of one attempt. */
const TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 10_000, throwOnRequestTimeout: true, socketTimeout: 10_000 };
/** In all, with waits of up to 1, 2, 4 and 8 seconds between them when throttled, and shorter ones after other failures. */
const MAX_ATTEMPTS = 5;
const AGENT = { keepAlive: true, maxSockets: 8 };
const ROLES_OF_INSTANCE = 'meta-data/iam/security-credentials/';

export class Aws implements Disposable {
  readonly metadata: InstanceMetadata;
  /** @throws HoldfastError, see `resolveRegion` */
  readonly region: () => Promise<string>;
  readonly #options: AwsOptions;
  readonly #opened: OpenClient[] = [];
  #credentials: Credentials | undefined;
  #lastDate: number | undefined;

  constructor(options: AwsOptions, credentials?: Credentials) {
    this.#options = options;
    this.#credentials = credentials;
    this.metadata = new InstanceMetadata(options);
    const { region: configured, environment } = options;
    this.region = once(async () => await resolveRegion({ configured, environment, metadata: this.metadata }));
  }

  /**
   * One call of Systems Manager; `s3`, `iam` and `sts` are the same.
   *
   * @param send makes the call; it may be made twice
   * @throws AwsNotFound when AWS says that there is no such thing; HoldfastError `source-unavailable`, `source-refused`,
   *   `data-refused` or `configuration`; the signal's reason when that ended it
   */
  async ssm<Answer>(call: AwsCall, send: Send<SSM, Answer>): Promise<Answer> {
    return await this.#call(call, this.#ssm, send);
  }

  async s3<Answer>(call: AwsCall, send: Send<S3, Answer>): Promise<Answer> {
    return await this.#call(call, this.#s3, send);
  }

  async iam<Answer>(call: AwsCall, send: Send<IAM, Answer>): Promise<Answer> {
    return await this.#call(call, this.#iam, send);
  }

  async sts<Answer>(call: AwsCall, send: Send<STS, Answer>): Promise<Answer> {
    return await this.#call(call, this.#sts, send);
  }

  /** When IAM sent its last answer, in whole seconds of its own clock (milliseconds since the epoch). */
  get lastDate(): number | undefined {
    return this.#lastDate;
  }

  /** The same with the rights of a role, which may be another account's. It is assumed with the first call. */
  withRole(role: Role): Aws {
    return new Aws(this.#options, async () => await this.#assume(role));
  }

  /** Closes all connections. */
  [Symbol.dispose](): void {
    for (const client of this.#opened) client.destroy();
  }

  readonly #ssm = once(async () => {
    const { SSM } = await import('@aws-sdk/client-ssm');
    const client = new SSM(await this.#configuration());
    client.middlewareStack.add(limitAnswers, NEXT_TO_THE_WIRE);
    return this.#shared(client);
  });

  readonly #s3 = once(async () => {
    const { S3 } = await import('@aws-sdk/client-s3');
    // A bucket for all regions is in one of them. A server of one's own has one host name for all buckets.
    const client = new S3({ ...(await this.#configuration()), followRegionRedirects: true, forcePathStyle: this.#hasOwnServer() });
    client.middlewareStack.add(limitAnswers, NEXT_TO_THE_WIRE);
    return this.#shared(client);
  });

  readonly #iam = once(async () => {
    const { IAM } = await import('@aws-sdk/client-iam');
    const client = new IAM(await this.#configuration());
    client.middlewareStack.add(limitAnswers, NEXT_TO_THE_WIRE);
    client.middlewareStack.add(
      noteDates((date) => {
        this.#lastDate = date;
      }),
      ALSO_NEXT_TO_THE_WIRE,
    );
    return this.#shared(client);
  });

  readonly #sts = once(async () => {
    const { STS } = await import('@aws-sdk/client-sts');
    const client = new STS(await this.#configuration());
    client.middlewareStack.add(limitAnswers, NEXT_TO_THE_WIRE);
    return this.#shared(client);
  });

  async #configuration() {
    return {
      region: await this.region(),
      ...(this.#credentials === undefined ? {} : { credentials: this.#credentials }),
      retryMode: 'standard',
      maxAttempts: MAX_ATTEMPTS,
      requestHandler: { ...TIMEOUTS, httpAgent: AGENT, httpsAgent: AGENT },
    };
  }

  #hasOwnServer(): boolean {
    const { environment } = this.#options;
    return ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].some((variable) => (environment[variable] ?? '') !== '');
  }

  /** The first client's credentials become everybody's: one instance role is asked for once. */
  #shared<Client extends OpenClient>(client: Client): Client {
    this.#credentials ??= client.config.credentials;
    this.#opened.push(client);
    return client;
  }

  async #call<Client, Answer>(call: AwsCall, open: () => Promise<Client>, send: Send<Client, Answer>): Promise<Answer> {
    const client = await open();
    const region = await this.region();
    const attempt = async (): Promise<Answer> => await this.#within(call, region, async (options) => await send(client, options));
    try {
      return await attempt().catch(async (error: unknown) => {
        if (!isMissingCredentials(error) || !(await this.#hasRole(call, region))) throw error;
        return await attempt();
      });
    } catch (error) {
      this.#options.signal.throwIfAborted();
      throw explainFailure(error, call, region);
    }
  }

  /**
   * The SDK asks for the instance's role once, and takes any failure for "there is none".
   *
   * @throws HoldfastError `source-unavailable` when nobody says whether there is one
   */
  async #hasRole(call: AwsCall, region: string): Promise<boolean> {
    try {
      return (await this.metadata.get(ROLES_OF_INSTANCE)) !== undefined;
    } catch (error) {
      throw error instanceof HoldfastError ? noCredentialsYet(call, region, error) : error;
    }
  }

  async #within<Answer>(call: AwsCall, region: string, send: (options: CallOptions) => Promise<Answer>): Promise<Answer> {
    const { signal, budget = BUDGET } = this.#options;
    const ended = Promise.withResolvers<never>();
    const timer = setTimeout(() => controller.abort(overBudget(call, region, budget)), budget);
    const controller = new AbortController();
    const both = AbortSignal.any([signal, controller.signal]);
    const end = (): void => ended.reject(both.reason);
    both.addEventListener('abort', end, { once: true });
    if (both.aborted) end();
    try {
      return await Promise.race([ended.promise, send({ abortSignal: both })]);
    } finally {
      clearTimeout(timer);
      both.removeEventListener('abort', end);
    }
  }

  async #assume({ arn, externalId, sessionName }: Role) {
    const request = { RoleArn: arn, RoleSessionName: sessionName, ...(externalId === undefined ? {} : { ExternalId: externalId }) };
    const { Credentials: issued } = await this.sts(
      { action: 'sts:AssumeRole', resource: arn },
      async (sts, options) => await sts.assumeRole(request, options),
    );
    return {
      accessKeyId: issued?.AccessKeyId ?? '',
      secretAccessKey: issued?.SecretAccessKey ?? '',
      ...(issued?.SessionToken === undefined ? {} : { sessionToken: issued.SessionToken }),
      ...(issued?.Expiration === undefined ? {} : { expiration: issued.Expiration }),
    };
  }
}
