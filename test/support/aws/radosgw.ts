/**
 * radosgw: another real S3, of Ceph, on loopback and without a cluster. Signatures are always checked.
 */
import { S3 } from '@aws-sdk/client-s3';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, retry } from '../free-port.ts';
import { expectSuccess, finish, type RunningProgram } from '../running-program.ts';
import type { AccessKey } from './moto.ts';
import { startInTrixie, TRIXIE } from './trixie.ts';

/** Its own, whatever a request says. */
export const RADOS_REGION = 'us-east-1';

const START_TIMEOUT = 30_000;

export async function startRadosgw(): Promise<Radosgw> {
  return await retry(3, async () => {
    const folder = await mkdtemp(join(TRIXIE, 'tmp/radosgw-'));
    try {
      return await startIn(folder, await freePort());
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  });
}

async function startIn(folder: string, port: number): Promise<Radosgw> {
  const inside = folder.slice(TRIXIE.length);
  await writeFile(join(folder, 'ceph.conf'), configuration(inside, port));
  const options = ['-c', `${inside}/ceph.conf`, '-n', 'client.rgw', '--no-mon-config'];
  const key = { accessKeyId: 'AKIARADOSGW000000000', secretAccessKey: 'secret-of-the-administrator' };
  const user = ['--uid=admin', '--display-name=admin', `--access-key=${key.accessKeyId}`, `--secret-key=${key.secretAccessKey}`];
  const create = ['radosgw-admin', ...options, 'user', 'create', ...user];
  expectSuccess(await finish(startInTrixie(create), {}), create);
  const program = startInTrixie(['radosgw', ...options, '-f']);
  const radosgw = new Radosgw(program, { folder, port, key });
  await radosgw.answers();
  return radosgw;
}

function configuration(folder: string, port: number): string {
  return `[global]
fsid = 00000000-0000-0000-0000-000000000001
[client]
rgw backend store = dbstore
rgw config store = dbstore
dbstore db dir = ${folder}
dbstore config uri = file:${folder}/config.db
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw data = ${folder}
run dir = ${folder}
log file = /dev/stderr
admin socket =
keyring = /dev/null
`;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly key: AccessKey;
}

export class Radosgw {
  readonly port: number;
  readonly endpoint: string;
  readonly key: AccessKey;
  readonly s3: S3;
  readonly #program: RunningProgram;
  readonly #folder: string;

  constructor(program: RunningProgram, { folder, port, key }: Place) {
    this.#program = program;
    this.#folder = folder;
    this.port = port;
    this.key = key;
    this.endpoint = `http://127.0.0.1:${port}`;
    this.s3 = new S3({ endpoint: this.endpoint, region: RADOS_REGION, credentials: key, forcePathStyle: true });
  }

  async answers(): Promise<void> {
    let ended = false;
    void this.#program.exited.then(() => (ended = true));
    const deadline = Date.now() + START_TIMEOUT;
    while (
      !(await fetch(this.endpoint, { signal: AbortSignal.timeout(START_TIMEOUT) }).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (ended || Date.now() > deadline) throw new Error(`radosgw does not start: ${this.#program.stderr}`);
      await sleep(50);
    }
  }

  async putObject(bucket: string, key: string, body: string | Buffer): Promise<void> {
    const { Buckets } = await this.s3.listBuckets({});
    if (Buckets?.some(({ Name }) => Name === bucket) !== true) await this.s3.createBucket({ Bucket: bucket });
    await this.s3.putObject({ Bucket: bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body) });
  }

  async stop(): Promise<void> {
    this.s3.destroy();
    this.#program.signal('SIGKILL');
    await this.#program.exited;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
