/**
 * A scratch host whose directory is IAM: moto, with the proxy before it that pages, throttles and counts.
 */
import { type CommandResult, ScratchRoot } from '../cli/command.ts';
import type { Changes } from '../config/configuration.ts';
import { type AwsProxy, startAwsProxy } from './aws/aws-proxy.ts';
import { type AccessKey, type Moto, REGION, startMoto } from './aws/moto.ts';

/** All that an agent has to be allowed. */
export const ACTIONS = ['iam:GetGroup', 'iam:ListSSHPublicKeys', 'iam:GetSSHPublicKey'] as const;

export class IamServer implements AsyncDisposable {
  readonly moto: Moto;
  readonly proxy: AwsProxy;
  readonly agent: AccessKey;

  private constructor(moto: Moto, proxy: AwsProxy, agent: AccessKey) {
    this.moto = moto;
    this.proxy = proxy;
    this.agent = agent;
  }

  static async start(): Promise<IamServer> {
    const moto = await startMoto();
    return new IamServer(moto, await startAwsProxy(moto.port), await moto.createAgent('agent', ACTIONS));
  }

  /** For a command that runs as this agent. */
  environment({ accessKeyId, secretAccessKey }: AccessKey = this.agent): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.proxy.endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.stop();
    await this.moto.stop();
  }
}

/** The source alone, everybody allowed. */
export function iamConfig(source: Readonly<Record<string, unknown>> = {}, others: Changes = {}): Changes {
  return {
    'source[0]': { name: 'iam', type: 'iam', groups: ['ops'], primary_group: { name: 'people', gid: 5000 }, ...source },
    'aws.region': REGION,
    ...others,
  };
}

export class IamHost implements AsyncDisposable {
  readonly root: ScratchRoot;
  readonly #server: IamServer;

  private constructor(server: IamServer, root: ScratchRoot) {
    this.root = root;
    this.#server = server;
  }

  static async create(server: IamServer, config: Changes): Promise<IamHost> {
    return new IamHost(server, await ScratchRoot.create(config));
  }

  /** @returns with the calls that the command made, by action */
  async holdfast(...args: readonly string[]): Promise<CommandResult & { readonly calls: Readonly<Record<string, number>> }> {
    const { proxy } = this.#server;
    proxy.calls.length = 0;
    const result = await this.root.run(args, this.#server.environment());
    return { ...result, calls: proxy.counts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.root[Symbol.asyncDispose]();
  }
}
