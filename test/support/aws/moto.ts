/**
 * moto: SSM, S3, IAM and STS of an account of the test's own, on loopback.
 *
 * It checks signatures and policies when told so. What it does not do as AWS does (pages, throttling) is for `AwsProxy`.
 */
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, retry } from '../free-port.ts';
import type { RunningProgram } from '../running-program.ts';
import type { RoleCredentials } from './fake-instance-metadata.ts';
import { startInTrixie } from './trixie.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Until authorisation is on, any will do. */
const ADMINISTRATOR: AccessKey = { accessKeyId: 'AKIAADMINISTRATOR000', secretAccessKey: 'administrator' };
const START_TIMEOUT = 30_000;
/** Calls that moto takes unchecked until `requireAuthorization`. */
const UNCHECKED_CALLS = 1_000_000_000;

export async function startMoto(): Promise<Moto> {
  return await retry(3, async () => {
    const port = await freePort();
    const program = startInTrixie(['moto_server', '-H', '127.0.0.1', '-p', String(port)], {
      INITIAL_NO_AUTH_ACTION_COUNT: String(UNCHECKED_CALLS),
    });
    await answers(program, port);
    return new Moto(program, port);
  });
}

async function answers(program: RunningProgram, port: number): Promise<void> {
  let ended = false;
  void program.exited.then(() => (ended = true));
  const deadline = Date.now() + START_TIMEOUT;
  while (
    !(await fetch(`http://127.0.0.1:${port}/moto-api/data.json`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (!ended && Date.now() < deadline) await sleep(50);
    else {
      program.signal('SIGKILL');
      throw new Error(`moto does not start: ${program.stderr}`);
    }
  }
}

export class Moto {
  readonly port: number;
  readonly endpoint: string;
  /** As administrator, and past any proxy. After `requireAuthorization` only with `allowSetUp`. */
  readonly ssm: SSM;
  readonly s3: S3;
  readonly iam: IAM;
  readonly sts: STS;
  readonly #program: RunningProgram;

  constructor(program: RunningProgram, port: number) {
    this.#program = program;
    this.port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
    const options = { endpoint: this.endpoint, region: REGION, credentials: ADMINISTRATOR };
    this.ssm = new SSM(options);
    this.s3 = new S3({ ...options, forcePathStyle: true });
    this.iam = new IAM(options);
    this.sts = new STS(options);
  }

  /** From now on every call needs a valid signature and a policy that allows it. */
  async requireAuthorization(): Promise<void> {
    await this.#control('reset-auth', '0');
  }

  /** From now on every call is allowed again. */
  async allowSetUp(): Promise<void> {
    await this.#control('reset-auth', String(UNCHECKED_CALLS));
  }

  /** Forgets everything that was made. */
  async reset(): Promise<void> {
    await this.#control('reset', '');
    await this.allowSetUp();
  }

  async #control(what: string, body: string): Promise<void> {
    const { status } = await fetch(`${this.endpoint}/moto-api/${what}`, { method: 'POST', body });
    if (status !== 200) throw new Error(`moto: ${what}: status ${status}`);
  }

  async putSecret(name: string, value: string): Promise<void> {
    await this.ssm.putParameter({ Name: name, Value: value, Type: 'SecureString', Overwrite: true });
  }

  /** Makes the bucket when it is not there. */
  async putObject(bucket: string, key: string, body: string | Buffer): Promise<void> {
    const buckets = await this.s3.listBuckets({});
    if (buckets.Buckets?.some(({ Name }) => Name === bucket) !== true) {
      await this.s3.createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
    }
    await this.s3.putObject({ Bucket: bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body) });
  }

  /** A group with new users in it. */
  async createGroup(group: string, users: readonly string[]): Promise<void> {
    await this.iam.createGroup({ GroupName: group });
    for (const user of users) {
      await this.iam.createUser({ UserName: user });
      await this.iam.addUserToGroup({ GroupName: group, UserName: user });
    }
  }

  /** @returns its id */
  async addSshKey(user: string, key: string): Promise<string> {
    const { SSHPublicKey } = await this.iam.uploadSSHPublicKey({ UserName: user, SSHPublicKeyBody: key });
    return SSHPublicKey?.SSHPublicKeyId ?? '';
  }

  /** A user who is allowed these actions on everything, and nothing else. */
  async createAgent(name: string, actions: readonly string[]): Promise<AccessKey> {
    await this.iam.createUser({ UserName: name });
    await this.iam.putUserPolicy({ UserName: name, PolicyName: 'agent', PolicyDocument: allow(actions) });
    const { AccessKey: key } = await this.iam.createAccessKey({ UserName: name });
    return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' };
  }

  /** @returns its ARN */
  async createRole(name: string, actions: readonly string[]): Promise<string> {
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }] };
    const { Role } = await this.iam.createRole({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
    await this.iam.putRolePolicy({ RoleName: name, PolicyName: 'agent', PolicyDocument: allow(actions) });
    return Role?.Arn ?? '';
  }

  /** Credentials of a new role, as an instance gets them. */
  async createInstanceRole(name: string, actions: readonly string[]): Promise<RoleCredentials> {
    const arn = await this.createRole(name, actions);
    const { Credentials } = await this.sts.assumeRole({ RoleArn: arn, RoleSessionName: 'i-0123456789abcdef0' });
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    return { name, accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }

  /** A user with these policies and nothing else. */
  async createAgentWith(name: string, policies: readonly unknown[]): Promise<AccessKey> {
    const agent = await this.createAgent(name, ['iam:GetUser']);
    await this.iam.deleteUserPolicy({ UserName: name, PolicyName: 'agent' });
    for (const [index, document] of policies.entries()) {
      await this.iam.putUserPolicy({ UserName: name, PolicyName: `policy-${index}`, PolicyDocument: JSON.stringify(document) });
    }
    return agent;
  }

  /** A role that everybody may assume who may assume roles. */
  async createRoleWith(name: string, policies: readonly unknown[]): Promise<void> {
    await this.createRole(name, ['iam:GetUser']);
    await this.replaceRolePolicies(name, policies);
  }

  async replaceRolePolicies(name: string, policies: readonly unknown[]): Promise<void> {
    const { PolicyNames = [] } = await this.iam.listRolePolicies({ RoleName: name });
    for (const PolicyName of PolicyNames) await this.iam.deleteRolePolicy({ RoleName: name, PolicyName });
    for (const [index, document] of policies.entries()) {
      await this.iam.putRolePolicy({ RoleName: name, PolicyName: `policy-${index}`, PolicyDocument: JSON.stringify(document) });
    }
  }

  /** Every call needs a valid signature and a policy that allows it, until this is disposed of. */
  async whileAuthorizing(): Promise<AsyncDisposable> {
    await this.requireAuthorization();
    return { [Symbol.asyncDispose]: async () => await this.allowSetUp() };
  }

  async stop(): Promise<void> {
    for (const client of [this.ssm, this.s3, this.iam, this.sts]) client.destroy();
    this.#program.signal('SIGKILL');
    await this.#program.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function allow(actions: readonly string[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
}
