import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Invalid } from '../../src/directory/rejection.ts';
import { findInUserData } from '../../src/host/user-data.ts';

const LINE = '# holdfast: AccessGroup = web-prod, bastion';
const CLOUD_CONFIG = `#cloud-config\n${LINE}\npackages: [nginx]\n`;

/** As `cloud-init devel make-mime` and Terraform's `cloudinit_config` write it. */
function multipart(...parts: readonly string[]): string {
  const boundary = '===============2197920354430400835==';
  const head = `Content-Type: multipart/mixed;\n boundary="${boundary}"\nMIME-Version: 1.0\nNumber-Attachments: ${parts.length}\n\n`;
  return `${head}${parts.map((part) => `--${boundary}\n${part}\n`).join('')}--${boundary}--\n`;
}

function plainPart(text: string): string {
  return `Content-Type: text/x-shellscript; charset="us-ascii"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\n\n${text}`;
}

function base64Part(text: string): string {
  const body = Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\n');
  return `MIME-Version: 1.0\nContent-Type: text/cloud-config; charset="utf-8"\nContent-Transfer-Encoding: base64\n\n${body}`;
}

function find(userData: string | Buffer, key = 'AccessGroup'): unknown {
  const value = findInUserData(Buffer.from(userData), key);
  return value instanceof Invalid ? value.reason : value;
}

describe('findInUserData finds the line', () => {
  test.each<[string, string | Buffer]>([
    ['in cloud-config', CLOUD_CONFIG],
    ['in a script', `#!/bin/sh\n${LINE}\napt-get update\n`],
    ['alone', LINE],
    ['between line ends of Windows', CLOUD_CONFIG.replaceAll('\n', '\r\n')],
    ['with a space before it', `#cloud-config\nruncmd:\n  ${LINE}\n`],
    ['without spaces', '#holdfast:AccessGroup=web-prod, bastion'],
    ['twice, and the same', `${LINE}\n${LINE}\n`],
    ['in gzip', gzipSync(CLOUD_CONFIG)],
    ['in a part of several', multipart(plainPart('#!/bin/sh\necho\n'), plainPart(CLOUD_CONFIG))],
    ['in a part in base64', multipart(plainPart('#!/bin/sh\n'), base64Part(`#cloud-config\n${'# ü\n'.repeat(100)}${LINE}\n`))],
    ['in a part in gzip', gzipSync(multipart(base64Part(CLOUD_CONFIG)))],
  ])('%s', (_where, userData) => {
    expect(find(userData)).toBe('web-prod, bastion');
  });

  test('and nothing else', () => {
    expect(find(`${LINE}\n# holdfast: Other = x = y\n`, 'Other')).toBe('x = y');
  });
});

describe('findInUserData finds none', () => {
  test.each<[string, string | Buffer]>([
    ['in nothing', ''],
    ['in other text', '#cloud-config\npackages: [nginx]\n'],
    ['that is no comment', 'holdfast: AccessGroup = web-prod'],
    ['of another key', '# holdfast: AccessGroups = web-prod'],
    ['of a key in other letters', '# holdfast: accessgroup = web-prod'],
    ['without an equals sign', '# holdfast: AccessGroup'],
    ['behind a command', `echo ${LINE}`],
    ['in bytes that are no text', Buffer.from([0xff, 0xfe, 0, 0x23])],
  ])('%s', (_where, userData) => {
    expect(find(userData)).toBeUndefined();
  });

  test('with an empty value, which is something else', () => {
    expect(find('# holdfast: AccessGroup =\n')).toBe('');
  });
});

describe('findInUserData refuses', () => {
  test('two lines that differ', () => {
    expect(find(`${LINE}\n# holdfast: AccessGroup = ops\n`)).toBe(
      'has 2 lines "# holdfast: AccessGroup = …" that differ: "web-prod, bastion", "ops"',
    );
  });

  test.each<[string, Buffer]>([
    ['gzip that is cut', gzipSync(CLOUD_CONFIG).subarray(0, 40)],
    ['a bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024))],
  ])('%s', (_what, userData) => {
    expect(find(userData)).toBe('is damaged gzip, or has more than 1048576 bytes');
  });

  test('nothing with an error, whatever the bytes', () => {
    const pieces = fc.constantFrom(
      LINE,
      '\n\n',
      '--x\n',
      'Content-Type: multipart/mixed; boundary=x\n',
      'Content-Transfer-Encoding: base64\n',
      '=',
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))).map((all) => all.join(''));
    fc.assert(fc.property(text, (userData) => void find(userData)));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void find(Buffer.from(bytes))));
  });
});
