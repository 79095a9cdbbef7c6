/**
 * All that the corpus has, in one directory and at once, before the real command and the real readers.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { answerSearch, type FakeLdap, startFakeLdap, type Step } from '../support/fake-ldap.ts';
import { GOOD_GROUPS, GOOD_LINES, GOOD_PEOPLE, readCorpus } from '../support/hostile-corpus.ts';
import type { SearchRequest } from '../support/ldap-request.ts';
import { type Entry, searchEntry } from '../support/ldap-response.ts';

const corpus = readCorpus().filter(({ together }) => together);
const people = [...GOOD_PEOPLE, ...corpus.flatMap((one) => one.people)];
const groups = [...GOOD_GROUPS, ...corpus.flatMap((one) => one.groups)];
const lines = [...GOOD_LINES, ...corpus.flatMap((one) => one.lines)];

let server: FakeLdap;
let disk: StateDisk;
let agent: AgentHost;

function serve(users: readonly Entry[], others: readonly Entry[]): void {
  server.script = { search: (request) => answerSearch(isForGroups(request) ? others : users, request) };
}

function isForGroups({ filter }: SearchRequest): boolean {
  return filter.toLowerCase().includes('posixgroup');
}

async function enumerate(map: 'passwd' | 'group'): Promise<string[]> {
  const { stdout } = await agent.host.run(['getent', '-s', 'cache', map]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

const isPasswd = (line: string): boolean => line.split(':').length === 7;

beforeAll(async () => {
  server = await startFakeLdap();
  disk = await StateDisk.create();
  agent = await AgentHost.boot(disk, {
    'source[0].uris': [server.uri],
    'source[0].tls': { mode: 'off' },
    'source[0].page_size': 100_000,
    'source[0].max_entries': 1000,
    'policy.uid_range': [1000, 2_000_000_000],
    'policy.gid_range': [1000, 2_000_000_000],
  });
  // The host that the corpus speaks of, whatever accounts this machine has.
  await agent.host.writeEtc('passwd', 'root:x:0:0:root:/root:/bin/bash\nbackup:x:34:34::/var/backups:/usr/sbin/nologin\n');
  await agent.host.writeEtc('group', 'root:x:0:\nshadow:x:42:\nusers:x:100:\n');
  await agent.host.writeEtc('shells', '/bin/bash\n/bin/sh\n');
});

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

describe('a hostile directory', () => {
  test('harms nobody who is shown already, and shows of the rest what the corpus says', async () => {
    serve(GOOD_PEOPLE, GOOD_GROUPS);
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    serve(people, groups);
    const { status, stdout } = await agent.holdfast('sync', '--json');
    expect(status).toBe(0);
    expect(await enumerate('passwd')).toEqual(lines.filter(isPasswd).sort());
    expect(await enumerate('group')).toEqual(lines.filter((line) => !isPasswd(line)).sort());
    const { rejections } = JSON.parse(stdout) as { rejections: readonly Record<'verdict' | 'map' | 'key' | 'code', string>[] };
    // The corpus has one good key, and gives it to several.
    const findings = rejections
      .filter(({ code }) => code !== 'key-shared')
      .map(({ verdict, map, key, code }) => `${verdict} ${map} ${key} ${code}`);
    expect(findings.sort()).toEqual(corpus.flatMap((one) => one.findings).sort());
  });

  test('gives each of them the answer of the map by name and by number, and nobody else', async () => {
    const shown = lines.filter(isPasswd).map((line) => line.split(':'));
    for (const field of [0, 2]) {
      const { stdout } = await agent.host.run(['getent', '-s', 'cache', 'passwd', '--', ...shown.map((line) => line[field] ?? '')]);
      expect(stdout).toBe(shown.map((line) => `${line.join(':')}\n`).join(''));
    }
    const strangers = ['evil', 'root', 'backup', '+', '#alice', '0', '34', 'ALICE', 'eve', 'Eve'];
    expect(await agent.host.run(['getent', '-s', 'cache', 'passwd', '--', ...strangers])).toMatchObject({ status: 2, stdout: '' });
    expect(await agent.host.run(['getent', '-s', 'cache', 'group', '--', 'sudo', 'docker', 'Wheel', 'WEB', '0'])).toMatchObject({
      stdout: '',
    });
  });

  test('says on a terminal only what can be printed', async () => {
    const { status, stdout, stderr } = await agent.holdfast('sync');
    expect(status).toBe(0);
    expect(stdout + stderr).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
  });

  test('that has no end changes nothing, with status 75', async () => {
    let number = 0;
    server.script = {
      *search() {
        for (;;) yield* [searchEntry(entryOf((number += 1))), { pauseMs: 0 }] satisfies Step[];
      },
    };
    const before = await enumerate('passwd');
    const { status, stderr } = await agent.holdfast('sync');
    expect(status).toBe(75);
    expect(stderr).toContain('after 1000 entries: the directory has more than 1000 entries (max_entries)');
    expect(await enumerate('passwd')).toEqual(before);
  });
});

function entryOf(number: number): Entry {
  const uid = `user${number}`;
  return { dn: `uid=${uid},dc=example,dc=org`, attributes: { uid: [uid], uidNumber: [String(10_000 + number)], gidNumber: ['3001'] } };
}
