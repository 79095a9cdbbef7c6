import { describe, expect, test } from 'vitest';
import { GOOD_GROUPS, GOOD_LINES, GOOD_PEOPLE, type HostileCase, readCorpus } from '../support/hostile-corpus.ts';
import { decode, publish, type Published } from './published.ts';

const corpus = readCorpus();

function publishCase({ people, groups, incumbents }: HostileCase): Published {
  const { users, groups: shown, listed } = incumbents;
  return publish(decode([...GOOD_PEOPLE, ...people], [...GOOD_GROUPS, ...groups]), {
    users: new Map(Object.entries(users)),
    groups: new Map(Object.entries(shown)),
    listed: (name) => (listed[name] === undefined ? undefined : new Set(listed[name])),
  });
}

describe.each([...new Set(corpus.map(({ file }) => file))])('%s', (file) => {
  test.each(corpus.filter((one) => one.file === file).map((one) => [one.what, one] as const))('%s', (_what, hostile) => {
    const { passwd, group, keys, findings } = publishCase(hostile);
    expect({
      lines: [...passwd, ...group].filter((line) => !GOOD_LINES.includes(line)).sort(),
      findings: findings.map(({ verdict, map, key, code }) => `${verdict} ${map} ${key} ${code}`).sort(),
      keys,
    }).toEqual({ lines: [...hostile.lines].sort(), findings: [...hostile.findings].sort(), keys: hostile.keys });
    expect([...passwd, ...group]).toEqual(expect.arrayContaining([...GOOD_LINES]));
    for (const { reason } of findings) expect(reason).toMatch(/^[\x20-\x7e…]{1,600}$/);
  });
});
