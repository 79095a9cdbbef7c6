import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyLabel } from '../../../src/sync/keys/key-label.ts';
import { parseAuthorizedKey } from '../../../src/directory/authorized-key.ts';
import { commentOf, fingerprintOfKey } from '../../../src/sync/keys/key-fingerprint.ts';
import { lineOf, publicKeys } from '../../directory/public-keys.ts';
import { valid } from '../../directory/valid.ts';

test.each(publicKeys.flatMap((key) => [lineOf(key), `${lineOf(key)} alice's old key`].map((line) => ({ ...key, line }))))(
  'a key is shown as ssh-keygen -l shows it: $type of $bits bits',
  ({ line }) => {
    const key = valid(parseAuthorizedKey(line));
    expect(keyLabel({ ...key, fingerprint: fingerprintOfKey(key), comment: commentOf(key) })).toBe(sshKeygen(line));
  },
);

function sshKeygen(line: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-fingerprint-'));
  try {
    const path = join(folder, 'key.pub');
    writeFileSync(path, `${line}\n`);
    return execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' }).trimEnd();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
