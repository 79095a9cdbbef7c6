/**
 * What a person on call reads when somebody cannot log in: every answer of `why` and `quarantine`, of the real command after a sync
 * from a real slapd. UPDATE=1 writes the golden files anew.
 */
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { ed25519, lineOf, otherEd25519, rsa1024 } from '../directory/public-keys.ts';
import { readKeyAges, writeKeyAges } from '../../src/state/key-ages.ts';
import { fingerprintOf } from '../../src/sync/keys/key-fingerprint.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { personDn } from '../support/ldif.ts';
import { type Company, generatePeople, type Group, type Person } from '../support/people.ts';
import { Transcript } from '../support/transcript.ts';

const ESCAPE = '\u001b[31mred';

const named: readonly (Partial<Person> & Pick<Person, 'uid'>)[] = [
  {
    uid: 'alice',
    loginShell: '/bin/zsh',
    sshPublicKeys: [
      `${lineOf(ed25519)} alice@laptop`,
      `${lineOf(rsa1024)} alice@old`,
      `ssh-ed25519 AAAAC3Nza alice@phone`,
      `no-pty ${lineOf(otherEd25519)} alice@tablet`,
    ],
  },
  { uid: 'bob' },
  { uid: 'carol' },
  { uid: 'dave', uidNumber: 10_000 },
  { uid: 'erin', sshPublicKeys: [] },
  { uid: 'frank', sshPublicKeys: ['ssh-dss AAAAB3NzaC1kc3MAAACBAJ frank@old'] },
  { uid: 'grace', gidNumber: 7004 },
  { uid: 'judy', uidNumber: 70_000 },
  { uid: 'mallory', uidNumber: 70_001, homeDirectory: `/home/${ESCAPE}`, sshPublicKeys: [`ssh-ed25519 AAAAC3Nza ${ESCAPE}`] },
  { uid: 'operator' },
];
const groups: readonly Group[] = [
  { cn: 'web-prod', gidNumber: 7001, memberUid: ['bob', 'contractors', 'dave', 'erin', 'frank', 'judy', 'nobody-knows'] },
  { cn: 'contractors', gidNumber: 7002, memberUid: ['alice'] },
  { cn: 'blocked', gidNumber: 7003, memberUid: ['bob'] },
  { cn: 'sre', gidNumber: 7004, memberUid: [] },
];
const hostFiles = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\noperator:x:999:999::/home/operator:/bin/bash\ndeploy:x:998:998::/srv:/bin/sh\n',
  'etc/group': 'root:x:0:\nshadow:x:42:\ndocker:x:994:\n',
  'etc/shells': '/bin/sh\n/bin/bash\n',
};
const access: Changes = {
  'access.everyone': undefined,
  'access.groups': ['web-prod', 'no-such-group'],
  'access.always': { groups: ['sre'] },
  'access.deny': { groups: ['blocked'] },
  'access.accounts': { deploy: { groups: ['contractors'], users: ['bob', 'grace'] } },
};

let directory: CompanyDirectory;
let root: ScratchRoot;
let transcript: Transcript;

function company(): Company {
  const people = named.map((person) => ({ gecos: person.uid, loginShell: '/bin/bash', ...person }));
  return { ...generatePeople({ count: named.length, named: people }), groups };
}

beforeAll(async () => {
  directory = await startCompanyDirectory({ people: company() });
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  root = await ScratchRoot.create(directory.config(access));
  for (const [name, text] of Object.entries(hostFiles)) await root.write(name, text);
  transcript = new Transcript(root);
});

afterEach(async () => {
  await root?.[Symbol.asyncDispose]();
});

/** As an operator who edits the file and has not synced yet. */
async function configure(changes: Changes): Promise<void> {
  await root.write('etc/holdfast/holdfast.toml', configText(directory.config({ ...access, ...changes })));
}

describe('an operator asks', () => {
  test('why each of them can log in or cannot', async () => {
    await transcript.run('why', 'alice');
    await root.holdfast('sync');
    const logins = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'judy', 'mallory', 'operator', 'deploy', 'alcie'];
    for (const login of [...logins, `bob${ESCAPE}`, 'nobody-knows', 'contractors', 'root']) await transcript.run('why', login);
    for (const uid of ['10006', '70000', '999', '54321', '4294967296']) await transcript.run('why', uid);
    transcript.expectGolden('why');
  });

  test('what a group is, and what is withheld', async () => {
    await transcript.run('quarantine');
    await root.holdfast('sync');
    for (const group of ['web-prod', 'contractors', 'sre', 'docker', 'no-such-group', 'web-pord'])
      await transcript.run('why', '--group', group);
    await transcript.run('quarantine');
    await transcript.run('quarantine', '--code', 'id-duplicate');
    await transcript.run('quarantine', '--code', 'nonsense');
    await transcript.run('status');
    transcript.expectGolden('why-group');
  });

  test('what the next sync is going to change', async () => {
    await root.holdfast('sync');
    transcript.note('carol is named, rsa keys may be short, contractors lose access; no sync yet');
    await configure({
      'access.users': ['carol'],
      'access.groups': ['web-team'],
      'policy.keys': { min_rsa_bits: 1024 },
      'policy.hidden': true,
    });
    for (const login of ['alice', 'carol', 'erin', 'frank', 'deploy']) await transcript.run('why', login);
    await configure({ guards: { always_allowed: 0, max_removed_percent: 1 } });
    transcript.note('grace is gone from the directory, which a guard holds');
    const people = [...company().people];
    {
      await using _gone = await directory.without(people.filter(({ uid }) => uid === 'grace'));
      await root.holdfast('sync');
    }
    await transcript.run('why', 'grace');
    for (const group of ['sre', 'contractors']) await transcript.run('why', '--group', group);
    transcript.note('passwd.cache of the current generation loses its end');
    truncateSync(join(root.state, 'current/passwd.cache'), 100);
    await transcript.run('why', 'grace');
    transcript.expectGolden('why-unsynced');
  });

  test('about somebody who has left, and somebody who comes with their uid', async () => {
    await root.holdfast('sync');
    const bob = [...company().people].find(({ uid }) => uid === 'bob');
    if (bob === undefined) throw new Error('bob is in this company');
    await using _left = await directory.without([bob]);
    const zoe = { ...bob, uid: 'zoe', cn: 'zoe', gecos: 'zoe', homeDirectory: '/home/zoe' };
    await directory.hire([zoe]);
    await using _fired = { [Symbol.asyncDispose]: async () => void (await directory.without([zoe])) };
    await root.holdfast('sync');
    for (const login of ['bob', 'zoe', String(bob.uidNumber)]) await transcript.run('why', login);
    expect(await json('why', 'bob', '--json')).toMatchObject({
      canLogIn: false,
      holdings: [
        {
          uid: bob.uidNumber,
          name: 'bob',
          goneSince: expect.stringMatching(/^20/),
          source: 'corp',
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      ],
      mentions: { count: 2, groups: ['blocked', 'web-prod'] },
    });
    expect(await json('why', String(bob.uidNumber), '--json')).toMatchObject({ known: true, relation: 'wants', login: 'zoe' });
    await root.holdfast('approve', 'uid', 'zoe');
    transcript.note('somebody has approved it');
    await transcript.run('why', 'zoe');
    expect(await json('why', String(bob.uidNumber), '--json')).toMatchObject({
      uid: bob.uidNumber,
      known: true,
      relation: 'has',
      login: 'zoe',
      contested: [
        { source: 'corp', uid: bob.uidNumber, code: 'uid-reused', approved: expect.any(String), approve: 'holdfast approve uid zoe' },
      ],
    });
    transcript.expectGolden('why-gone');
  });

  test('why a key that somebody has revoked, or that grows old, is what it is', async () => {
    await root.write('revoked', `${fingerprintOf(ed25519.blob)}\n`);
    await configure({ 'policy.keys.revoked': `file:${join(root.path, 'revoked')}`, 'policy.keys.max_age': '90d' });
    await root.holdfast('sync');
    growKeys(80);
    await transcript.run('why', 'alice');
    await transcript.run('why', 'grace');
    growKeys(10);
    await transcript.run('why', 'grace');
    transcript.expectGolden('why-standing');
  });

  test('the same as JSON', async () => {
    await root.holdfast('sync');
    expect(await json('why', 'alice', '--json')).toMatchObject({
      login: 'alice',
      canLogIn: true,
      entry: { source: 'corp', dn: 'uid=alice,ou=people,dc=example,dc=org', uid: 10_000 },
      access: { decision: { granted: true, rule: 'allow', group: 'web-prod' }, path: { chain: ['web-prod', 'contractors'], by: 'name' } },
      keys: [
        { comment: 'alice@laptop', type: 'ssh-ed25519', bits: 256, verdict: 'given', served: true, usable: true },
        { comment: 'alice@tablet', verdict: 'refused', code: 'key-options', served: false },
        { comment: 'alice@old', bits: 1024, verdict: 'refused', code: 'key-too-short', served: false },
      ],
      served: { generation: 1, keys: [`${lineOf(ed25519)} alice@laptop`] },
      differences: [],
    });
    expect(await json('why', '--group', 'web-prod', '--json')).toMatchObject({
      known: true,
      memberCount: 4,
      withKeys: 1,
      rules: ['access.groups'],
      heldMembers: [],
      ways: [{ named: ['bob', 'erin', 'frank'] }, { chain: ['web-prod', 'contractors'], named: ['alice'] }],
    });
    expect(await json('why', 'root', '--json')).toMatchObject({
      login: 'root',
      canLogIn: false,
      because: 'it is a local account of this host (uid 0)',
      local: { uid: 0, gid: 0, home: '/root', shell: '/bin/bash' },
      rivals: [],
      access: { decision: { granted: false, rule: 'none' }, unknown: [{ group: 'no-such-group', rules: ['access.groups'] }] },
      findings: [],
      keys: [],
      served: { generation: 1, keys: [] },
      holdings: [],
      contested: [],
    });
    expect(await json('why', '54321', '--json')).toMatchObject({ uid: 54_321, known: false, sources: [{ name: 'corp' }] });
    expect(await json('quarantine', '--code', 'id-out-of-range', '--json')).toMatchObject({
      groups: [{ verdict: 'quarantined', findings: [{ map: 'passwd', key: 'judy', dn: 'uid=judy,ou=people,dc=example,dc=org' }] }],
    });
  });

  test('why a key that is served does not count', async () => {
    const key = `expiry-time="20200101Z" ${lineOf(ed25519)} erin@old`;
    await using _entries = await changed(
      `dn: ${personDn('erin')}\nchangetype: modify\nadd: sshPublicKey\nsshPublicKey: ${key}\n`,
      `dn: ${personDn('erin')}\nchangetype: modify\ndelete: sshPublicKey\nsshPublicKey: ${key}\n`,
    );
    await configure({ 'policy.keys': { options: 'allow-list' } });
    await root.holdfast('sync');
    await transcript.run('why', 'erin');
    transcript.expectGolden('why-expired');
  });
});

/** As if this host had first seen every key so many days earlier. */
function growKeys(days: number): void {
  const path = join(root.state, 'state/key-ages.json');
  const ages = readKeyAges(path);
  if (typeof ages !== 'object') throw new Error(`there are no ages of keys in ${path}`);
  writeKeyAges(path, { ...ages, firstSeen: ages.firstSeen.map((day) => day - days) });
}

async function json(...args: readonly string[]): Promise<unknown> {
  return JSON.parse((await root.holdfast(...args)).stdout);
}

/** Until the result is disposed of. */
async function changed(change: string, back: string): Promise<AsyncDisposable> {
  await directory.slapd.modify(change);
  return { [Symbol.asyncDispose]: async () => await directory.slapd.modify(back) };
}
