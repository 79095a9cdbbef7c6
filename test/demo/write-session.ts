/**
 * `npm run session`: plays the demo and writes the session that the README begins with.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectSuccess, runProgram } from '../support/running-program.ts';
import { recordSession, withSession } from './session.ts';

const README = join(import.meta.dirname, '../../README.md');
const demo = [process.execPath, join(import.meta.dirname, 'demo.ts')];

const result = await runProgram(demo, { env: { NO_COLOR: '1' } });
expectSuccess(result, demo);
await writeFile(README, withSession(await readFile(README, 'utf8'), recordSession(result.stdout)));
