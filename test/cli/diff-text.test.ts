import { describe, expect, test } from 'vitest';
import { diffJson, renderDiff } from '../../src/cli/diff-text.ts';
import { emptyView, type PublishedView, unjudged } from '../../src/directory/host-view.ts';
import { joinKeyLines } from '../../src/directory/key-lines.ts';
import type { Gid, GroupName, HostPath, LoginName, Uid } from '../../src/directory/names.ts';
import { planSync } from '../../src/policy/plan.ts';
import type { DiffReport } from '../../src/sync/report.ts';
import { explainRemovals } from '../../src/policy/guards/removal-reasons.ts';
import { viewOf } from '../caches/views.ts';

const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIGq0Vmhrb29rYm9va3NhbmRtb3JlYm9va3MhISEh';

function reportOf(before: PublishedView, after: PublishedView): DiffReport {
  const view = { ...unjudged(after), entitled: new Set(after.keys.keys()) };
  const plan = planSync(before, view);
  const reasons = explainRemovals(plan, view, { hidden: false });
  const nothing = { findings: [], digest: '', sources: [], hostAccess: { groups: [] }, accessFindings: [], warnings: [] };
  return { plan, reasons, changes: true, ...nothing };
}

function alice(changes: Partial<PublishedView>): PublishedView {
  return { ...emptyView, ...changes };
}

function keys(...lines: string[]): PublishedView {
  return alice({ keys: new Map([['alice' as LoginName, joinKeyLines(lines)]]) });
}

function shadow(password: string, expire?: number): PublishedView {
  return alice({ shadow: [{ name: 'alice' as LoginName, password, aging: expire === undefined ? {} : { expire } }] });
}

function group(gid: number, ...members: string[]): PublishedView {
  return alice({ group: [{ name: 'people' as GroupName, gid: gid as Gid, members: members as LoginName[] }] });
}

function passwd(uid: number, gecos: string, shell: string): PublishedView {
  const [entry] = viewOf('alice').passwd;
  return alice({ passwd: entry === undefined ? [] : [{ ...entry, uid: uid as Uid, gecos, shell: shell as HostPath }] });
}

describe('renderDiff', () => {
  test.each<[string, PublishedView, PublishedView, string]>([
    ['nothing', viewOf('alice'), viewOf('alice'), 'no changes\n'],
    ['a shell', passwd(2000, 'A', '/bin/sh'), passwd(2000, 'A', '/bin/bash'), '~ passwd alice shell "/bin/sh" -> "/bin/bash"\n'],
    [
      'several fields of one person',
      passwd(2000, 'A', '/bin/sh'),
      passwd(2001, '', '/bin/sh'),
      '~ passwd alice uid "2000" -> "2001", gecos "A" -> ""\n',
    ],
    ['members', group(7, 'alice', 'bob'), group(7, 'bob', 'carol'), '~ group people members -alice +carol\n'],
    ['a gid and members', group(7, 'alice'), group(8), '~ group people gid "7" -> "8", members -alice\n'],
    ['an expiry', shadow('*'), shadow('*', 20_000), '~ shadow alice expire "" -> "20000"\n'],
    ['an expiry of 0', shadow('*', 0), shadow('*'), '~ shadow alice expire "0" -> ""\n'],
    [
      'a key for another',
      keys(`ssh-ed25519 ${blob} old`),
      keys(`ssh-rsa ${blob}`),
      `~ keys alice -ssh-ed25519 …${blob.slice(-12)} old, +ssh-rsa …${blob.slice(-12)}\n`,
    ],
    ['the first key', emptyView, keys(`ssh-ed25519 ${blob} new laptop`), `+ keys alice +ssh-ed25519 …${blob.slice(-12)} new laptop\n`],
    ['the last key', keys(`ssh-ed25519 ${blob}`), emptyView, '- keys alice: no access rule lets it in any more\n'],
  ])('shows %s', (_what, before, after, text) => {
    expect(renderDiff(reportOf(before, after))).toBe(text);
  });

  test('counts the rest of many who come to a host that shows nobody, and lists them where it shows somebody', () => {
    const many = Array.from({ length: 30 }, (_one, index) => `p${index}`);
    const first = renderDiff(reportOf(emptyView, viewOf(...many))).split('\n');
    expect(first.filter((line) => line.startsWith('+ passwd p'))).toHaveLength(20);
    expect(first).toContain('+ passwd … and 10 more (holdfast diff --json lists all)');
    const later = renderDiff(reportOf(viewOf('alice'), viewOf('alice', ...many))).split('\n');
    expect(later.filter((line) => line.startsWith('+ passwd p'))).toHaveLength(30);
  });

  test('shows who goes before who comes, map by map', () => {
    expect(renderDiff(reportOf(viewOf('alice'), viewOf('bob')))).toBe(
      [
        '- passwd alice: gone from the directory',
        '+ passwd bob',
        '~ group people members -alice +bob',
        '- shadow alice',
        '+ shadow bob',
        '- keys alice: gone from the directory',
        '+ keys bob +ssh-ed25519 …AAAA bob',
        '',
      ].join('\n'),
    );
  });

  test('shows what a guard would hold', () => {
    const findings = [{ guard: 'max-removed' as const, text: '9 of 10 people would go', names: [] }];
    const report = { ...reportOf(emptyView, emptyView), findings, digest: '0123456789abcdef' } as unknown as DiffReport;
    expect(renderDiff(report)).toBe(
      '! held by a guard: 9 of 10 people would go\n' +
        '! when that is meant, after a sync that holds it: holdfast sync --approve-removals=0123456789ab\n',
    );
  });

  test('shows a key whose options alone are others', () => {
    const text = renderDiff(reportOf(keys(`ssh-ed25519 ${blob} a`), keys(`from="10.0.0.0/8" ssh-ed25519 ${blob} a`)));
    const [, gone = '', come = ''] = /-(.*), \+(.*)\n/.exec(text) ?? [];
    expect(come).not.toBe(gone);
  });
});

describe('a password hash', () => {
  const report = reportOf(shadow('$6$salt$before', 1), shadow('$6$salt$after', 2));

  test('is not shown in the text', () => {
    expect(renderDiff(report)).toBe('~ shadow alice password changed, expire "1" -> "2"\n');
  });

  test('is not shown in the JSON', () => {
    const text = JSON.stringify(diffJson(report));
    expect(text).not.toContain('$6$');
    expect(text).toContain('alice:[redacted]:');
  });

  test.each([
    ['comes', emptyView, shadow('$6$salt$after')],
    ['goes', shadow('$6$salt$before'), emptyView],
    ['takes the place of none', shadow('*'), shadow('$6$salt$after')],
  ])('that %s is not shown', (_how, before, after) => {
    const other = reportOf(before, after);
    expect(renderDiff(other) + JSON.stringify(diffJson(other))).not.toContain('$6$');
  });
});

describe('diffJson', () => {
  test('has entries as the lines of their map, and keys in full', () => {
    expect(diffJson(reportOf(viewOf('alice'), viewOf('alice', 'bob')))).toEqual({
      changes: true,
      accessFindings: [],
      passwd: {
        before: 1,
        after: 2,
        added: [{ key: 'bob', after: 'bob:x:2001:2000:bob é:/home/bob:/bin/bash' }],
        removed: [],
        changed: [],
      },
      group: {
        before: 1,
        after: 1,
        added: [],
        removed: [],
        changed: [{ key: 'people', before: 'people:x:2000:alice', after: 'people:x:2000:alice,bob' }],
      },
      shadow: { before: 1, after: 2, added: [{ key: 'bob', after: 'bob:*:::::::' }], removed: [], changed: [] },
      keys: { before: 1, after: 2, added: [{ key: 'bob', after: ['ssh-ed25519 AAAA bob'] }], removed: [], changed: [] },
      wouldHold: [],
      sources: [],
      accessGroups: [],
      warnings: [],
    });
  });

  test('is JSON', () => {
    const json = diffJson(reportOf(emptyView, viewOf('alice')));
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });
});
