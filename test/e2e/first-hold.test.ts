/**
 * A first sync of which a guard holds everything: nothing serves, nothing is kept, and every run still says why.
 */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { configText } from '../config/configuration.ts';

const HOMELESS = `[[user]]
name = "ann"
uid = 2000
gid = 2000
`;

test('says why nobody is shown, run after run', async () => {
  await using root = await ScratchRoot.create();
  const path = join(root.path, 'people.toml');
  await writeFile(path, HOMELESS);
  await chmod(path, 0o600);
  await root.write('etc/holdfast/holdfast.toml', configText({ 'source[0]': { name: 'staff', type: 'file', path } }));

  for (const _run of ['first', 'second']) {
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(65);
    expect(stderr).toContain('quarantined 1 record (home-missing), such as passwd "ann": has no home directory');
    expect(stderr).toContain('nothing serves yet');
    expect(stderr).not.toContain('goes on serving');
  }

  const { status, stdout } = await root.holdfast('quarantine');
  expect(status).toBe(1);
  expect(stdout).toContain('the last run found 1 quarantined (home-missing)');
});
