/**
 * A bucket with emergency keys behind a proxy, and a scratch root that is configured for it.
 */
import { join } from 'node:path';
import type { Changes } from '../../config/configuration.ts';
import { type CommandResult, holdfast, ScratchRoot } from '../../cli/command.ts';
import { type AwsProxy, startAwsProxy } from './aws-proxy.ts';
import { Moto, REGION, startMoto } from './moto.ts';

const BUCKET = 'break-glass';
export const OBJECT = `s3://${BUCKET}/keys`;

interface ObjectStore {
  readonly port: number;
  putObject: (bucket: string, key: string, body: string | Buffer) => Promise<void>;
  stop: () => Promise<void>;
}

export interface Access {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export class EmergencyBucket {
  readonly proxy: AwsProxy;
  readonly #store: ObjectStore;
  readonly #access: Access;

  constructor(store: ObjectStore, proxy: AwsProxy, access: Access) {
    this.#store = store;
    this.proxy = proxy;
    this.#access = access;
  }

  static async start(): Promise<EmergencyBucket> {
    const moto = await startMoto();
    const { accessKeyId, secretAccessKey } = await agentOf(moto);
    return await EmergencyBucket.on(moto, { accessKeyId, secretAccessKey, region: REGION });
  }

  /** @param access of the agent, who reads; `store` writes on its own account */
  static async on(store: ObjectStore, access: Access): Promise<EmergencyBucket> {
    return new EmergencyBucket(store, await startAwsProxy(store.port), access);
  }

  /** What makes holdfast ask here, and no file of a profile. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_S3: this.proxy.endpoint,
      AWS_ACCESS_KEY_ID: this.#access.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.#access.secretAccessKey,
      AWS_REGION: this.#access.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
  }

  async put(lines: readonly string[], key = 'keys'): Promise<void> {
    await this.#store.putObject(BUCKET, key, lines.map((line) => `${line}\n`).join(''));
  }

  async putBytes(bytes: Buffer, key = 'keys'): Promise<void> {
    await this.#store.putObject(BUCKET, key, bytes);
  }

  /** From now on; moto alone. @returns lists the versions, the newest first */
  async keepVersions(): Promise<() => Promise<string[]>> {
    if (!(this.#store instanceof Moto)) throw new Error('only moto is asked for versions here');
    const { s3 } = this.#store;
    await this.put([]);
    await s3.putBucketVersioning({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } });
    return async () => {
      const { Versions = [] } = await s3.listObjectVersions({ Bucket: BUCKET, Prefix: 'keys' });
      return Versions.map(({ VersionId = '' }) => VersionId);
    };
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.#store.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function agentOf(moto: Moto): Promise<Pick<Access, 'accessKeyId' | 'secretAccessKey'>> {
  return await moto.createAgent('agent', ['s3:GetObject']);
}

/** A host with [emergency], whose commands reach the bucket. */
export class EmergencyHost {
  readonly root: ScratchRoot;
  readonly #bucket: EmergencyBucket;

  private constructor(root: ScratchRoot, bucket: EmergencyBucket) {
    this.root = root;
    this.#bucket = bucket;
  }

  static async create(bucket: EmergencyBucket, changes: Changes = {}): Promise<EmergencyHost> {
    const root = await ScratchRoot.create({ 'emergency.objects': [OBJECT], ...changes });
    await root.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nemergency:x:990:990::/home/emergency:/bin/sh\n');
    await root.write('etc/ssh/ssh_config', '');
    return new EmergencyHost(root, bucket);
  }

  get file(): string {
    return join(this.root.path, 'etc/ssh/emergency_authorized_keys');
  }

  get state(): string {
    return join(this.root.state, 'state/emergency');
  }

  async holdfast(...args: readonly string[]): Promise<CommandResult> {
    return await holdfast(['--root', this.root.path, ...args], { env: this.#bucket.environment });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.root[Symbol.asyncDispose]();
  }
}
