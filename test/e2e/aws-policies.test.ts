/**
 * The policies of packaging/aws, as shipped: the binary runs with them, misses each action that is taken away, and calls no other.
 *
 * moto looks at actions, and at resources for S3 alone; elsewhere it asks about "*", so that those are given as that. It knows neither
 * conditions nor kms:Decrypt (it decrypts for everybody), lets everybody assume a role that they may, and takes a session's documents for
 * nothing: those parts of the policies no test here can see.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { ed25519, lineOf, rsa2048 } from '../directory/public-keys.ts';
import { type AwsProxy, startAwsProxy } from '../support/aws/aws-proxy.ts';
import { ACCOUNT, type AccessKey, type Moto, REGION, startMoto } from '../support/aws/moto.ts';
import { fillIn, policiesIn, type PolicyDocument, shippedPolicy } from '../support/aws/shipped-policies.ts';
import { generatePeople } from '../support/people.ts';
import { createPki, type Pki } from '../support/pki.ts';
import { type ProgramResult, runProgram } from '../support/running-program.ts';
import { signWith } from '../support/ssh-signing.ts';
import { generateSshKey } from '../support/sshd.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';

const binary = join(import.meta.dirname, '../../dist/holdfast');
const DIRECTORY_ROLE = `arn:aws:iam::${ACCOUNT}:role/directory`;
/** What the agent's own role has; the directory role has the other. */
const OF_THE_AGENT = ['agent-parameters', 'agent-emergency', 'agent-access-map', 'agent-assume-role'];
const OF_THE_DIRECTORY = ['directory-read'];
/** Of `sync` and `emergency` without it: of two sources the other goes on, which is 75. */
const STATUSES: Readonly<Record<string, readonly [number, number]>> = {
  'agent-parameters': [75, 0],
  'agent-emergency': [0, 77],
  'agent-access-map': [77, 0],
  'agent-assume-role': [75, 0],
};
/** Of which moto can see nothing. */
const UNSEEN = ['agent-parameters-kms'];

const WORDS = {
  REGION,
  ACCOUNT,
  DIRECTORY_ACCOUNT: ACCOUNT,
  DIRECTORY_ROLE: 'directory',
  PARAMETER_PATH: 'prod/holdfast',
  KMS_KEY_ID: '00000000-0000-0000-0000-000000000000',
  EMERGENCY_BUCKET: 'break-glass',
  EMERGENCY_KEY: 'team/keys',
  MAP_BUCKET: 'maps',
  MAP_KEY: 'prod/map.toml',
  IAM_GROUP: 'ops',
};

let folder: string;
let pki: Pki;
let slapd: Slapd;
let moto: Moto;
let proxy: AwsProxy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-policies-'));
  pki = await createPki(folder);
  const server = await pki.ca.issueServer({ name: 'ldap-1' });
  const client = await pki.ca.issueClient({ commonName: 'web-1' });
  slapd = await startSlapd({ people: generatePeople({ count: 5 }), tls: { ...server, clientCa: pki.ca.cert, verifyClient: 'demand' } });
  moto = await startMoto();
  proxy = await startAwsProxy(moto.port);
  await moto.putSecret('/prod/holdfast/ca.pem', await readFile(pki.ca.cert, 'utf8'));
  await moto.putSecret('/prod/holdfast/client.crt', await readFile(client.cert, 'utf8'));
  await moto.putSecret('/prod/holdfast/client.key', await readFile(client.key, 'utf8'));
  await moto.putObject('break-glass', 'team/keys', `${lineOf(ed25519)} ann\n`);
  const map = 'version = 1\nserial = 1\n[map]\nblue = { groups = ["ops"] }\n';
  await generateSshKey(join(folder, 'signer'));
  await moto.putObject('maps', 'prod/map.toml', map);
  await moto.putObject('maps', 'prod/map.toml.sig', await signWith(join(folder, 'signer'), map, { namespace: 'holdfast-access-map' }));
  await moto.createGroup('ops', ['alice']);
  await moto.addSshKey('alice', lineOf(rsa2048));
  await moto.createRoleWith(
    'directory',
    OF_THE_DIRECTORY.map((name) => policy(name)),
  );
}, 60_000);

afterAll(async () => {
  await proxy?.stop();
  await moto?.stop();
  await slapd?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Visit {
  readonly sync: ProgramResult;
  readonly emergency: ProgramResult;
  readonly actions: readonly string[];
}

/** One run of each command on a new host. */
async function visit(agent: AccessKey, changes: Changes = {}): Promise<Visit> {
  await using root = await ScratchRoot.create();
  await root.write('etc/holdfast/groups', 'blue\n');
  await root.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nemergency:x:990:990::/home/emergency:/bin/sh\n');
  await root.write('etc/ssh/ssh_config', '');
  await root.write('etc/holdfast/holdfast.toml', configText({ ...config(join(root.path, 'etc/holdfast/groups')), ...changes }));
  proxy.reset();
  const run = async (command: string): Promise<ProgramResult> =>
    await runProgram([binary, '--root', root.path, command], { env: environment(agent) });
  return { sync: await run('sync'), emergency: await run('emergency'), actions: Object.keys(proxy.counts).sort() };
}

function config(groups: string): Changes {
  const tls = { ca: 'ssm:/prod/holdfast/ca.pem', cert: 'ssm:/prod/holdfast/client.crt', key: 'ssm:/prod/holdfast/client.key' };
  return {
    source: [
      { name: 'corp', type: 'ldap', uris: [slapd.uris.ldaps], base: slapd.base, tls },
      { name: 'iam', type: 'iam', groups: ['ops'], primary_group: { name: 'people', gid: 5000 }, assume_role: DIRECTORY_ROLE },
    ],
    access: { host_groups: `file:${groups}`, map_file: 's3://maps/prod/map.toml', map_public_key: `file:${join(folder, 'signer.pub')}` },
    'aws.region': REGION,
    'emergency.objects': ['s3://break-glass/team/keys'],
  };
}

function environment({ accessKeyId, secretAccessKey }: AccessKey): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** With this action away, where one is named. */
function policy(name: string, without?: string): PolicyDocument {
  return fillIn(shippedPolicy(name), WORDS, (action) => action !== without);
}

function actionsOf(names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => policy(name).Statement.flatMap(({ Action }) => Action)))].sort();
}

describe('the policies of the agent', () => {
  test('are enough, and no action is called that they do not have, nor one not called that they have', async () => {
    const agent = await moto.createAgentWith(
      'whole',
      OF_THE_AGENT.map((name) => policy(name)),
    );
    await using _authorization = await moto.whileAuthorizing();
    const { sync, emergency, actions } = await visit(agent);
    expect(sync).toMatchObject({ status: 0, stderr: expect.stringContaining('generation 1 serves: 6 people') as string });
    expect(emergency).toMatchObject({ status: 0, stderr: expect.stringContaining('has 1 key for emergency') as string });
    expect(actions).toEqual(actionsOf([...OF_THE_AGENT, ...OF_THE_DIRECTORY]));
  });

  test.each(OF_THE_AGENT.flatMap((name) => actionsOf([name]).map((action) => [name, action] as const)))(
    'are missed: %s without %s',
    async (name, action) => {
      const documents = OF_THE_AGENT.map((one) => policy(one, one === name ? action : undefined)).filter(
        ({ Statement }) => Statement.length > 0,
      );
      const agent = await moto.createAgentWith(`without-${name}`, documents);
      await using _authorization = await moto.whileAuthorizing();
      const { sync, emergency } = await visit(agent);
      const isEmergency = name === 'agent-emergency';
      expect([sync.status, emergency.status]).toEqual(STATUSES[name]);
      expect((isEmergency ? emergency : sync).stderr).toContain(`the role must be allowed ${action} for`);
    },
  );

  test.each(actionsOf(OF_THE_DIRECTORY))('are missed: directory-read without %s', async (action) => {
    const agent = await moto.createAgentWith(
      `without-${action.slice(4)}`,
      OF_THE_AGENT.map((name) => policy(name)),
    );
    await moto.replaceRolePolicies('directory', [policy('directory-read', action)]);
    await using _restored = {
      [Symbol.asyncDispose]: async () =>
        await moto.replaceRolePolicies(
          'directory',
          OF_THE_DIRECTORY.map((one) => policy(one)),
        ),
    };
    await using _authorization = await moto.whileAuthorizing();
    expect((await visit(agent)).sync).toMatchObject({ status: 75, stderr: expect.stringContaining(`allowed ${action} for`) as string });
  });

  test('reach no object beside those that they name', async () => {
    await moto.putObject('break-glass', 'team/keys.old', `${lineOf(ed25519)} ann\n`);
    const documents = OF_THE_AGENT.map((name) => policy(name));
    const agent = await moto.createAgentWith('curious', documents);
    await using _authorization = await moto.whileAuthorizing();
    const { emergency } = await visit(agent, { 'emergency.objects': ['s3://break-glass/team/keys.old'] });
    expect(emergency.status).toBe(77);
  });

  test('are all there is', () => {
    const trusts = ['directory-role-trust', 'fleet-role-trust'];
    expect(policiesIn('iam')).toEqual([...OF_THE_AGENT, ...OF_THE_DIRECTORY, ...UNSEEN, ...trusts].sort());
  });
});

describe('what no server here checks is at least what it says', () => {
  test('decryption goes through Parameter Store of the region', () => {
    const [statement] = policy('agent-parameters-kms').Statement;
    expect(statement).toMatchObject({
      Action: ['kms:Decrypt'],
      Condition: { StringEquals: { 'kms:ViaService': `ssm.${REGION}.amazonaws.com` } },
    });
  });

  test("a session's documents are checked in each statement that starts one, and the first is what ssh is told to use", async () => {
    const { Statement } = shippedPolicy('session-user', 'session-manager');
    const starting = Statement.filter(({ Action }) => [Action].flat().includes('ssm:StartSession'));
    expect(starting).toHaveLength(2);
    for (const { Condition } of starting) expect(Condition).toMatchObject({ BoolIfExists: { 'ssm:SessionDocumentAccessCheck': 'true' } });
    const { stdout } = await runProgram([binary, 'wiring', 'ssh-config', '--via', 'ssm']);
    const [, document = ''] = /--document-name (\S+)/.exec(stdout) ?? [];
    expect([starting[1]?.Resource].flat()[0]).toBe(`arn:aws:ssm:@REGION@::document/${document}`);
  });

  test('sessions run as the person, and as nobody when it is not said who', () => {
    const file = join(import.meta.dirname, '../../packaging/aws/session-manager/preferences.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      schemaVersion: '1.0',
      sessionType: 'Standard_Stream',
      inputs: { runAsEnabled: true, runAsDefaultUser: '' },
    });
  });
});
