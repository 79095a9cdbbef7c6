/**
 * A program for a network namespace of its own: an instance with holdfast's binary, a directory, its metadata at their real address, and
 * its signed map in S3, which its role may read and nothing else. It prints what each run did, as `Visit`s.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configText } from '../../config/configuration.ts';
import { startCompanyDirectory } from '../company-directory.ts';
import { generatePeople } from '../people.ts';
import { expectSuccess, runProgram } from '../running-program.ts';
import { signWith } from '../ssh-signing.ts';
import { generateSshKey } from '../sshd.ts';
import { type InstanceFacts, startInstanceMetadata } from './fake-instance-metadata.ts';
import { REGION, startMoto } from './moto.ts';

export interface Visit {
  readonly what: string;
  readonly status: number | null;
  readonly stderr: string;
  /** The places in the list of people of those who have keys. */
  readonly logins: readonly number[];
}

const REAL_ADDRESS = { host: '169.254.169.254', port: 80 };
const holdfast = join(import.meta.dirname, '../../../dist/holdfast');
const people = [...generatePeople({ count: 4 }).people];
const groups = people.map(({ uid }, index) => ({ cn: `team-${index}`, gidNumber: 7000 + index, memberUid: [uid] }));

async function ip(...args: readonly string[]): Promise<void> {
  const command = ['ip', ...args];
  expectSuccess(await runProgram(command), command);
}

async function visit(): Promise<Visit[]> {
  await ip('link', 'set', 'lo', 'up');
  await ip('address', 'add', '169.254.169.254/32', 'dev', 'lo');
  const root = await mkdtemp(join(tmpdir(), 'holdfast-instance-'));
  await using _root = { [Symbol.asyncDispose]: async () => await rm(root, { recursive: true }) };
  await using moto = await startMoto();
  await using directory = await startCompanyDirectory({ people: { count: people.length, people, groups } });
  const role = await moto.createInstanceRole('web', ['s3:GetObject']);
  const facts = (tag: string): InstanceFacts => ({ region: REGION, tags: { AccessGroup: tag }, role });
  await using metadata = await startInstanceMetadata(facts('blue'), REAL_ADDRESS);
  const key = join(root, 'key');
  await generateSshKey(key);
  const config = join(root, 'holdfast.toml');
  const access = { host_groups: 'imds-tag:AccessGroup', map_file: 's3://maps/prod/map.toml', map_public_key: `file:${key}.pub` };
  await writeFile(config, configText(directory.config({ access })));

  const put = async (text: string, signature?: string): Promise<void> => {
    await moto.allowSetUp();
    await moto.putObject('maps', 'prod/map.toml', text);
    await moto.putObject('maps', 'prod/map.toml.sig', signature ?? (await signWith(key, text, { namespace: 'holdfast-access-map' })));
    await moto.requireAuthorization();
  };
  const sync = async (what: string): Promise<Visit> => {
    const command = [holdfast, '--root', root, '--config', config, 'sync'];
    const { status, stderr } = await runProgram(command, { env: { AWS_ENDPOINT_URL_S3: moto.endpoint } });
    return { what, status, stderr, logins: await loginsBelow(root) };
  };

  const visits: Visit[] = [];
  await put(mapText(1, 'blue = { groups = ["team-0"] }'));
  visits.push(await sync('first'));
  await put(mapText(2, 'blue = { groups = ["team-1"] }'));
  visits.push(await sync('another map'));
  metadata.facts = facts('green');
  await put(mapText(3, 'green = { groups = ["team-2"] }'));
  visits.push(await sync('another map and tag'));
  await put(mapText(4, 'green = { groups = ["team-3"] }'), await signWith(key, 'another', { namespace: 'holdfast-access-map' }));
  visits.push(await sync('a bad signature'));
  await ip('address', 'del', '169.254.169.254/32', 'dev', 'lo');
  visits.push(await sync('metadata blocked, and with them the role'));
  return visits;
}

function mapText(serial: number, line: string): string {
  return `version = 1\nserial = ${serial}\n[map]\n${line}\n`;
}

async function loginsBelow(root: string): Promise<number[]> {
  const keys = await Promise.all(
    people.map(
      async ({ uid }) => (await runProgram([holdfast, '--root', root, '--config', join(root, 'holdfast.toml'), 'keys', uid])).stdout,
    ),
  );
  return keys.flatMap((lines, index) => (lines === '' ? [] : [index]));
}

process.stdout.write(JSON.stringify(await visit()));
