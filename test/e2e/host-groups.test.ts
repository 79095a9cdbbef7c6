/**
 * What an instance's tag and user data open on it, and what stays when they cannot be read or make no sense.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lookUpKeys } from '../../src/sync/lookup.ts';
import { type CommandResult, holdfast, ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { type FakeInstanceMetadata, type InstanceFacts, startInstanceMetadata } from '../support/aws/fake-instance-metadata.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { generatePeople, type Group, type Person } from '../support/people.ts';

const TAG = 'imds-tag:AccessGroup';
const people = [...generatePeople({ count: 12 }).people];
const [web, db, nested, named, sre] = people as [Person, Person, Person, Person, Person];
const groups: readonly Group[] = [
  { cn: 'web-admins', gidNumber: 7001, memberUid: [web.uid, 'contractors'] },
  { cn: 'db-admins', gidNumber: 7002, memberUid: [db.uid] },
  { cn: 'sre', gidNumber: 7003, memberUid: [sre.uid] },
  { cn: 'contractors', gidNumber: 7004, memberUid: [nested.uid] },
];
const map = { 'web-prod': { groups: ['web-admins'] }, 'db-prod': { groups: ['db-admins'], users: [named.uid] }, empty: {} };
const WEB = [web.uid, nested.uid].sort();
const DB = [db.uid, named.uid].sort();

let directory: CompanyDirectory;
let metadata: FakeInstanceMetadata;

beforeAll(async () => {
  directory = await startCompanyDirectory({ people: { count: people.length, people, groups } });
  metadata = await startInstanceMetadata();
});

afterAll(async () => {
  await metadata?.stop();
  await directory?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  metadata.faults.length = 0;
  metadata.requests.length = 0;
});

class Instance implements AsyncDisposable {
  readonly root: ScratchRoot;

  private constructor(root: ScratchRoot) {
    this.root = root;
  }

  static async create(changes: Changes = {}): Promise<Instance> {
    const instance = new Instance(await ScratchRoot.create());
    await instance.configure(changes);
    // As on a real host: what is asked for once a boot is kept.
    await instance.root.write('proc/sys/kernel/random/boot_id', '5f0c7f0e-7a4b-4d7e-9a55-6f1f3c1d2b3a\n');
    return instance;
  }

  async configure(changes: Changes): Promise<void> {
    const access = { 'access.everyone': undefined, 'access.host_groups': TAG, 'access.map': map };
    await this.root.write('etc/holdfast/holdfast.toml', configText(directory.config({ ...access, ...changes })));
  }

  async run(...args: readonly string[]): Promise<CommandResult> {
    return await holdfast(['--root', this.root.path, ...args], { env: metadata.environment });
  }

  async sync(facts: InstanceFacts): Promise<CommandResult> {
    metadata.facts = facts;
    return await this.run('sync');
  }

  /** Who has keys here. */
  get logins(): string[] {
    const logins = people.map(({ uid }) => uid).filter((uid) => lookUpKeys(this.root.state, uid).length > 0);
    return logins.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.root[Symbol.asyncDispose]();
  }
}

function tagged(value: string): InstanceFacts {
  return { tags: { AccessGroup: value, Name: 'web-1' }, instanceId: 'i-0123456789abcdef0' };
}

describe('the tag of an instance', () => {
  test('opens it to whom the map says, asked for once with one token, and why says the whole path', async () => {
    await using instance = await Instance.create();
    expect(await instance.sync(tagged('web-prod'))).toMatchObject({ status: 0 });
    expect(metadata.requests).toContain('GET /latest/meta-data/instance-id');
    expect(instance.logins).toEqual(WEB);
    // The first run had no state folder to keep the instance's id in.
    await instance.run('sync');
    metadata.requests.length = 0;
    await instance.run('sync');
    expect(metadata.requests).toEqual(['PUT /latest/api/token', 'GET /latest/meta-data/tags/instance/AccessGroup']);

    metadata.requests.length = 0;
    const why = await instance.run('why', nested.uid);
    expect(why).toMatchObject({ status: 0, stderr: '' });
    expect(why.stdout).toContain(`access     allow: web-admins ← contractors ← ${nested.uid}\n`);
    expect(why.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `by access group web-prod of this host (${TAG}), which the map gives to web-admins`,
    );
    const refused = await instance.run('why', db.uid);
    expect(refused).toMatchObject({ status: 1, stdout: expect.stringContaining(`access groups of this host: web-prod (${TAG})`) });
    const group = await instance.run('why', '--group', 'web-admins');
    expect(group.stdout.replaceAll(/\s+/g, ' ')).toContain(`named in access group web-prod of this host (${TAG})`);
    const status = await instance.run('status');
    expect(status).toMatchObject({ status: 0, stdout: expect.stringContaining('all is well') });
    expect(status.stdout).toMatch(
      /^access groups {2}web-prod \(imds-tag:AccessGroup, since 2\d{3}-\S+Z\)\naccess map {5}3 access groups \(access\.map\)$/m,
    );
    expect(metadata.requests).toEqual([]);
  });

  test('that changes opens it to others, and says so', async () => {
    await using instance = await Instance.create();
    await instance.sync(tagged('web-prod'));
    const changed = await instance.sync(tagged('db-prod'));
    expect(changed).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`warning: access groups (${TAG}) are others now: db-prod; they were: web-prod\n`),
    });
    expect(instance.logins).toEqual(DB);
    await instance.sync(tagged('db-prod, web-prod'));
    expect(instance.logins).toEqual([...WEB, ...DB].sort());
  });

  test('that cannot be read, is gone or makes no sense leaves it as it was, and that is said', async () => {
    await using instance = await Instance.create({ 'access.always': { groups: ['sre'] } });
    await instance.sync(tagged('web-prod'));
    await instance.sync(tagged('web-prod'));
    const logins = [...WEB, sre.uid].sort();
    const cases: readonly [InstanceFacts, () => void, string][] = [
      [tagged('db-prod'), () => metadata.faults.push(403), 'it refuses with status 403'],
      [tagged('db-prod'), () => metadata.faults.push('silence', 'silence'), 'cannot read "api/token": no answer within 2 s'],
      [{ tags: { Name: 'web-1' } }, () => undefined, 'the instance has no tag "AccessGroup"'],
      [{}, () => undefined, 'the instance metadata shows no tags'],
      [tagged(''), () => undefined, 'the tag "AccessGroup": is empty'],
      [tagged('db-prod;*'), () => undefined, 'the tag "AccessGroup": group name "db-prod;*" has characters'],
      [tagged('db-prod '.repeat(9000)), () => undefined, 'sends more than 65536 bytes'],
      [tagged('db-prdo'), () => undefined, 'the map (access.map) has no access group "db-prdo"'],
    ];
    for (const [facts, strike, reason] of cases) {
      strike();
      const { status, stderr } = await instance.sync(facts);
      const line = stderr.split('\n').find((one) => one.startsWith(`holdfast: error: access groups (${TAG}): `));
      expect(line, reason).toContain(reason);
      expect(line).toMatch(/; the last known go on counting: web-prod \(since 2\d{3}-\S+Z\)$/);
      expect(status).toBe(75);
    }
    expect(instance.logins).toEqual(logins);
    const report = await instance.run('status');
    expect(report.status).toBe(1);
    expect(report.stdout).toMatch(
      /^problem: access groups \(imds-tag:AccessGroup\) cannot be read, for \d+ seconds? now: the map .*; the last known go on counting: web-prod/m,
    );
    expect(await instance.sync(tagged('none'))).toMatchObject({ status: 0 });
    expect(instance.logins).toEqual([sre.uid]);
  });

  test('opens it to nobody while it was never read, but for those who always may', async () => {
    await using instance = await Instance.create({ 'access.always': { groups: ['sre'] } });
    const { status, stderr } = await instance.sync({});
    expect({ status, stderr }).toMatchObject({
      status: 75,
      stderr: expect.stringContaining('nothing was ever known of them on this host, so they let nobody in\n') as string,
    });
    expect(instance.logins).toEqual([sre.uid]);
    const json = JSON.parse((await instance.run('status', '--json')).stdout) as { accessGroups: unknown };
    expect(json.accessGroups).toEqual([{ reference: TAG }]);
  });

  test('that names one group of the map and another that is none opens it to the one', async () => {
    await using instance = await Instance.create();
    const { status, stderr } = await instance.sync(tagged('web-prod, __proto__, db-admins'));
    expect(status).toBe(0);
    expect(stderr).toContain('adjusted 2 records (access-group-unmapped), such as group "__proto__"');
    expect(instance.logins).toEqual(WEB);
    expect((await instance.run('status')).stdout).toContain(
      `problem: access group "db-admins" of this host (${TAG}) is not in the map (access.map): it lets nobody in\n`,
    );
  });

  test.each(['none', 'empty'])('that is made "%s" locks nobody out where nobody else is left', async (value) => {
    await using instance = await Instance.create();
    await instance.sync(tagged('web-prod'));
    expect(await instance.sync(tagged(value))).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: nobody could log in here any more'),
    });
    // Nor does it when it cannot be read afterwards.
    expect(await instance.sync({})).toMatchObject({ status: 65 });
    expect(instance.logins).toEqual(WEB);
    expect(await instance.sync(tagged('web-prod'))).toMatchObject({ status: 0 });
  });

  test('is read while the directory is down', async () => {
    await using instance = await Instance.create();
    await instance.sync(tagged('web-prod'));
    await directory.whileDown(async () => {
      expect(await instance.sync(tagged('db-prod'))).toMatchObject({ status: 75 });
    });
    expect(instance.logins).toEqual(DB);
  });

  test('of another machine, whose disk this is a copy of, counts for nothing', async () => {
    await using instance = await Instance.create();
    await instance.root.write('etc/machine-id', `${'0'.repeat(31)}1\n`);
    await instance.sync(tagged('web-prod'));
    await instance.root.write('etc/machine-id', `${'0'.repeat(31)}2\n`);
    expect(await instance.sync({})).toMatchObject({ stderr: expect.stringContaining('nothing was ever known of them on this host') });
  });

  test('changes nothing and asks for nothing where a diff looks at it', async () => {
    await using instance = await Instance.create();
    await instance.sync(tagged('web-prod'));
    metadata.facts = tagged('db-prod');
    const diff = await instance.run('diff');
    expect(diff).toMatchObject({ status: 1, stderr: expect.stringContaining('are others now: db-prod') });
    expect(diff.stdout).toContain(`+ keys ${db.uid} `);
    expect((await instance.run('status')).stdout).toMatch(/^access groups {2}web-prod /m);
  });
});

describe('other places of access groups', () => {
  test('are user data, and a file beside them', async () => {
    await using instance = await Instance.create({});
    await instance.root.write('groups', 'db-prod # here\n');
    await instance.configure({ 'access.host_groups': ['user-data:AccessGroup', `file:${instance.root.path}/groups`] });
    const userData = gzipSync('#cloud-config\n# holdfast: AccessGroup = web-prod\n');
    expect(await instance.sync({ userData })).toMatchObject({ status: 0 });
    expect(instance.logins).toEqual([...WEB, ...DB].sort());
    const { status, stderr } = await instance.sync({ userData: '#cloud-config\n' });
    expect({ status, stderr }).toMatchObject({
      status: 75,
      stderr: expect.stringContaining('the user data has no line "# holdfast: AccessGroup = …"; the last known') as string,
    });
    await instance.root.write('groups', 'db prod\n');
    expect(await instance.sync({ userData })).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('/groups:1: group name "db prod"'),
    });
    expect(instance.logins).toEqual([...WEB, ...DB].sort());
    await instance.root.write('groups', '');
    expect(await instance.sync({ userData })).toMatchObject({ status: 0 });
    expect(instance.logins).toEqual(WEB);
  });
});
