import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readMachineIdentity } from '../../src/host/machine-identity.ts';

const TAG = 'sys/devices/virtual/dmi/id/board_asset_tag';
const MACHINE_ID = '4a8d1e5c7b3f49d2a6e0c1b2d3e4f506';

test.each<[string, Record<string, string>, string]>([
  [
    'the instance id, before anything that an image carries',
    { [TAG]: 'i-0123456789abcdef0\n', 'etc/machine-id': `${MACHINE_ID}\n` },
    'i-0123456789abcdef0',
  ],
  ['the machine id where the board says something else', { [TAG]: 'Not Specified\n', 'etc/machine-id': `${MACHINE_ID}\n` }, MACHINE_ID],
  ['the machine id where there is no board', { 'etc/machine-id': `${MACHINE_ID}\n` }, MACHINE_ID],
  ['nothing before the first boot', { 'etc/machine-id': 'uninitialized\n' }, ''],
  ['nothing where nothing tells', {}, ''],
])('a machine is %s', async (_what, files, identity) => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-machine-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  expect(readMachineIdentity(root)).toBe(identity);
  await rm(root, { recursive: true });
});
