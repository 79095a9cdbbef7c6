import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import { blobOf, blobsOf, partsOf } from '../../src/directory/key-blobs.ts';
import { formatKeyOptions } from '../../src/directory/key-options.ts';
import { NO_KEYS, packKeys, unpackKeys } from '../../src/directory/key-lines.ts';
import { lineOf, publicKeys } from './public-keys.ts';
import { valid } from './valid.ts';

describe('blobOf', () => {
  test.each(publicKeys)('is the base64 part of a key of $type, whatever is around it', (key) => {
    for (const line of [lineOf(key), `${lineOf(key)} alice`, `no-pty,from="ssh-rsa AAAA x" ${lineOf(key)} a comment`]) {
      expect(blobOf(valid(parseAuthorizedKey(line)))).toBe(key.blob);
    }
  });
});

describe('blobsOf', () => {
  test('finds nothing where nobody has a key', () => {
    expect([...blobsOf(NO_KEYS)]).toEqual([]);
  });

  test('finds in packed lines what their parsing finds, and in the same order', () => {
    const options = fc.constantFrom('', 'no-pty ', 'from="ssh-ed25519 AAAA x" ', String.raw`command="a\" b",no-pty `, 'cert-authority ');
    const comments = fc.constantFrom('', ' alice', ' the "old" one', ' ssh-ed25519 AAAA');
    const lines = fc.tuple(options, fc.constantFrom(...publicKeys), comments).map(([before, key, after]) => before + lineOf(key) + after);
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 5 }), (texts) => {
        const packed = packKeys(texts.map((text) => valid(parseAuthorizedKey(text))));
        const keys = unpackKeys(packed);
        expect([...blobsOf(packed)]).toEqual(keys.map(blobOf));
        expect(
          partsOf(packed)
            .map((part) => part.options)
            .toArray(),
        ).toEqual(keys.map((key) => formatKeyOptions(key.options)));
      }),
    );
  });
});
