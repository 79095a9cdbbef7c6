/**
 * `holdfast keys` for many logins in one process: the command's own program, started once instead of a thousand times.
 *
 * Usage: node keys-loop.ts STATE_DIR LOGIN... ; prints `== LOGIN` and what the command prints, for each.
 */

import { writeSync } from 'node:fs';
import { createProgram } from '../../src/cli/program.ts';

const [, , stateDirectory = '', ...logins] = process.argv;
process.env['HOLDFAST_STATE_DIR'] = stateDirectory;
for (const login of logins) {
  writeSync(1, `== ${login}\n`);
  const program = createProgram((status) => {
    if (status !== 0) throw new Error(`status ${status} for ${login}`);
  }, new AbortController().signal);
  await program.parseAsync(['keys', '--', login], { from: 'user' });
}
