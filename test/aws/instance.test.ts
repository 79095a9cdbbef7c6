import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Visit } from '../support/aws/instance-visit.ts';
import { expectSuccess, runProgram } from '../support/running-program.ts';

const program = join(import.meta.dirname, '../support/aws/instance-visit.ts');

test('an instance knows its region and tags, and calls with its role, where nothing is configured', async () => {
  const command = ['unshare', '--net', 'env', '-i', `PATH=${process.env['PATH']}`, process.execPath, program];
  const result = await runProgram(command);
  expectSuccess(result, command);
  const visit: Visit = { region: 'eu-central-1', tag: 'web-prod', password: 'correct horse' };
  expect(JSON.parse(result.stdout)).toEqual(visit);
});
