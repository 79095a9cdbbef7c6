/**
 * What IAM is asked by a sync of one of its groups: requests of the first run, of one that changes nothing, and of one after a new key.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configText } from '../config/configuration.ts';
import { IamServer, iamConfig } from '../support/iam-host.ts';
import { Samples } from './samples.ts';
import { ScratchHost } from './scratch-host.ts';
import type { Row, Section } from './table.ts';

const PEOPLE = 500;
const KEYS_PER_PERSON = 2;
/** As AWS pages when it is asked for the most. */
const PAGE_SIZE = 1000;

export async function measureIam(folder: string, signal: AbortSignal): Promise<Section> {
  await using server = await IamServer.start();
  await fill(server);
  await server.moto.requireAuthorization();
  server.proxy.pageSize = PAGE_SIZE;
  const own = join(folder, 'iam');
  await mkdir(own);
  const config = join(own, 'holdfast.toml');
  await writeFile(config, configText(iamConfig()), { mode: 0o600 });
  const host = new ScratchHost(own, config, server.environment());
  await host.renew();
  const rows = [...(await measureRun(server, host, 'first run', signal)), ...(await measureRun(server, host, 'unchanged run', signal, 0))];
  await server.moto.allowSetUp();
  await server.moto.addSshKey('user7', newKey());
  await server.moto.requireAuthorization();
  rows.push(...(await measureRun(server, host, 'run after one key is added', signal, 1)));
  return { title: `IAM group of ${PEOPLE} users with ${KEYS_PER_PERSON} keys each`, rows };
}

/** @param maxFetched keys that may be asked for */
async function measureRun(server: IamServer, host: ScratchHost, what: string, signal: AbortSignal, maxFetched?: number): Promise<Row[]> {
  signal.throwIfAborted();
  server.proxy.calls.length = 0;
  const { seconds } = await host.sync();
  const { counts, calls } = server.proxy;
  const fetched = counts['iam:GetSSHPublicKey'] ?? 0;
  const limit = maxFetched === undefined ? {} : { limit: maxFetched };
  return [
    { what, unit: 'requests', samples: new Samples([calls.length]) },
    { what: '  of them GetSSHPublicKey', unit: 'requests', samples: new Samples([fetched]), ...limit },
    { what: '  time', unit: 's', samples: new Samples([seconds]) },
  ];
}

async function fill({ moto }: IamServer): Promise<void> {
  const people = Array.from({ length: PEOPLE }, (_, number) => `user${number}`);
  await moto.createGroup('ops', people);
  for (const user of people) for (let key = 0; key < KEYS_PER_PERSON; key += 1) await moto.addSshKey(user, newKey());
}

/** IAM itself takes RSA keys only; any 32 bytes are an Ed25519 key, and what is asked is the same. */
function newKey(): string {
  const head = Buffer.from('\u0000\u0000\u0000\u000bssh-ed25519\u0000\u0000\u0000 ', 'latin1');
  return `ssh-ed25519 ${Buffer.concat([head, randomBytes(32)]).toString('base64')}`;
}
