import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatManifest, type Manifest, parseManifest } from '../../src/caches/manifest.ts';
import { names } from './views.ts';

const sum = { size: 24, sha256: 'a'.repeat(64) };

const manifest: Manifest = {
  version: 1,
  generation: 7,
  createdAt: '2026-01-02T03:04:05.000Z',
  holdfast: '0.1.0',
  why: 'changed',
  sources: [{ name: 'corp', fetchedAt: '2026-01-02T03:04:04.000Z', snapshot: 'b'.repeat(64) }],
  counts: { passwd: 1, group: 1, shadow: 1, keys: 1, keyLines: 2 },
  lastOffsets: { 'passwd.cache': 64 },
  accessGroups: { people: ['alice'] },
  groupOrigins: [{ group: 'people', source: 'corp', id: 'x' }],
  accountKeys: [{ account: 'deploy', person: 'alice', fingerprints: ['SHA256:x'] }],
  files: { 'passwd.cache': sum, 'keys/993': sum },
};

describe('parseManifest', () => {
  test('reads what formatManifest writes', () => {
    expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
  });

  test('reads what formatManifest writes, whatever the groups are called', () => {
    const groups = fc.uniqueArray(
      fc.tuple(
        names.filter((name) => name !== '__proto__'),
        fc.array(names),
      ),
      { selector: ([name]) => name },
    );
    fc.assert(
      fc.property(groups, fc.string(), fc.nat(), (accessGroups, why, offset) => {
        const written = { ...manifest, why, lastOffsets: { 'group.cache': offset }, accessGroups: Object.fromEntries(accessGroups) };
        expect(parseManifest(formatManifest(written))).toEqual(written);
      }),
    );
  });

  test('reads one of a version that did not record which entries groups are', () => {
    const { groupOrigins: _none, ...older } = manifest;
    expect(parseManifest(formatManifest(older as Manifest))).toEqual({ ...manifest, groupOrigins: [] });
  });

  test('keeps a group that has the name of an object property', () => {
    const accessGroups = Object.fromEntries([['__proto__', ['alice']]]);
    const read = parseManifest(formatManifest({ ...manifest, accessGroups }));
    expect(typeof read === 'string' ? read : Object.entries(read.accessGroups)).toEqual([['__proto__', ['alice']]]);
  });

  test.each([
    ['nothing', '', 'manifest.json is no JSON'],
    ['half of it', formatManifest(manifest).slice(0, 200), 'manifest.json is no JSON'],
    ['another JSON value', '[]', 'manifest.json: '],
    ['null', 'null', 'manifest.json: '],
    ['another version', formatManifest(manifest).replace('"version": 1', '"version": 2'), 'manifest.json: version '],
    ['a field that this version has not', formatManifest(manifest).replace('"why"', '"reason": "x", "why"'), 'manifest.json: '],
    ['no files', formatManifest(manifest).replace('"files"', '"folders"'), 'manifest.json: '],
    ['a sum that is none', formatManifest(manifest).replace('aaaa', 'AAAA'), 'manifest.json: files.passwd.cache.sha256 '],
    ['a negative size', formatManifest(manifest).replace('"size": 24', '"size": -24'), 'manifest.json: files.passwd.cache.size '],
    ['a number in quotes', formatManifest(manifest).replace('"generation": 7', '"generation": "7"'), 'manifest.json: generation '],
    ['generation 0', formatManifest(manifest).replace('"generation": 7', '"generation": 0'), 'manifest.json: generation '],
  ])('says what is wrong with %s', (_what, text, fault) => {
    const parsed = parseManifest(text);
    expect(typeof parsed === 'string' ? parsed.slice(0, fault.length) : parsed).toBe(fault);
  });

  test('refuses every manifest that is cut', () => {
    const text = formatManifest(manifest);
    for (let length = 0; length < text.length - 1; length += 1)
      expect(typeof parseManifest(text.slice(0, length)), `at ${length}`).toBe('string');
  });
});
