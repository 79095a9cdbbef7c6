import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Visit } from '../support/aws/access-map-visit.ts';
import { expectSuccess, runProgram } from '../support/running-program.ts';

const program = join(import.meta.dirname, '../support/aws/access-map-visit.ts');

test('an instance lets in whom the signed map in S3 gives its tag to, and goes on so when either fails', async () => {
  const command = ['unshare', '--net', 'env', '-i', `PATH=${process.env['PATH']}`, process.execPath, program];
  const result = await runProgram(command);
  expectSuccess(result, command);
  const visits = JSON.parse(result.stdout) as Visit[];
  expect(visits.map(({ what, status, logins }) => ({ what, status, logins }))).toEqual([
    { what: 'first', status: 0, logins: [0] },
    { what: 'another map', status: 0, logins: [1] },
    { what: 'another map and tag', status: 0, logins: [2] },
    { what: 'a bad signature', status: 65, logins: [2] },
    { what: 'metadata blocked, and with them the role', status: 75, logins: [2] },
  ]);
  const [, another, , unsigned, blocked] = visits.map(({ stderr }) => stderr);
  expect(another).toContain('warning: access map (s3://maps/prod/map.toml) is another now: serial 2\n');
  expect(unsigned).toContain('error: access map (s3://maps/prod/map.toml): the signature does not fit the text');
  expect(unsigned).toContain('access map (s3://maps/prod/map.toml): the last good one goes on counting (serial 3, since ');
  expect(blocked).toMatch(
    /error: access groups \(imds-tag:AccessGroup\): instance metadata at http:\/\/169\.254\.169\.254: .*; the last known go on counting: green \(since /,
  );
});
