/**
 * The stanzas that `wiring ssh-config` prints, as ssh itself reads them.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/running-program.ts';
import { holdfast } from './command.ts';

describe('wiring ssh-config', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-ssh-config-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('leads through a bastion to hosts of a pattern, and to the bastion itself directly', async () => {
    const stanza = await print('--via', 'bastion', '--bastion', 'ops@bastion.internal:2222', '--hosts', '*.internal', '10.0.*');
    const behind = await settingsOf(stanza, 'web-1.internal');
    expect(behind).toMatchObject({ proxyjump: 'bastion.internal', forwardagent: 'no' });
    expect(await settingsOf(stanza, '10.0.0.7')).toMatchObject({ proxyjump: 'bastion.internal' });
    const bastion = await settingsOf(stanza, 'bastion.internal');
    expect(bastion).toMatchObject({ user: 'ops', port: '2222' });
    expect(bastion).not.toHaveProperty('proxyjump');
    expect(await settingsOf(stanza, 'example.org')).not.toHaveProperty('proxyjump');
  });

  test('leads through Session Manager to instances', async () => {
    const command =
      'aws ssm start-session --region eu-west-1 --profile prod --target i-0123456789abcdef0 --document-name AWS-StartSSHSession --parameters portNumber=22';
    const stanza = await print('--via', 'ssm', '--region', 'eu-west-1', '--profile', 'prod');
    // ssh -G leaves %h and %p in the command as they are.
    expect((await settingsOf(stanza, 'i-0123456789abcdef0'))['proxycommand']).toBe(
      command.replace('i-0123456789abcdef0', '%h').replace('=22', '=%p'),
    );
    expect(await settingsOf(stanza, 'web-1')).not.toHaveProperty('proxycommand');
  });

  test.each([
    [['--via', 'bastion', '--hosts', '*.internal'], '--via bastion wants --bastion HOST'],
    [['--via', 'bastion', '--bastion', 'b'], '--via bastion wants --hosts PATTERN'],
    [['--via', 'bastion', '--bastion', 'b', '--hosts', 'h', '--region', 'x'], '--region and --profile go with --via ssm'],
    [['--via', 'ssm', '--bastion', 'b'], '--bastion goes with --via bastion'],
    [['--via', 'bastion', '--bastion', '-oProxyCommand=x', '--hosts', 'h'], 'It is no [user@]host[:port].'],
    [['--via', 'bastion', '--bastion', 'b', '--hosts', 'a\n ProxyCommand x'], 'It is no pattern of host names'],
    [['--via', 'ssm', '--region', '$(id)'], 'It is no name of AWS.'],
    [['--via', 'tunnel'], 'Allowed choices are bastion, ssm.'],
    [[], "required option '--via <route>' not specified"],
  ])('%j is a mistake in the command line', async (args, text) => {
    expect(await holdfast(['wiring', 'ssh-config', ...args])).toMatchObject({
      status: 64,
      stdout: '',
      stderr: expect.stringContaining(text),
    });
  });

  /** What ssh(1) makes of it for a host. */
  async function settingsOf(stanza: string, host: string): Promise<Readonly<Record<string, string>>> {
    const file = join(folder, 'config');
    await writeFile(file, stanza);
    const { status, stdout, stderr } = await runProgram(['ssh', '-T', '-G', '-F', file, host]);
    expect([status, stderr]).toEqual([0, '']);
    return Object.fromEntries(stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]));
  }
});

async function print(...args: readonly string[]): Promise<string> {
  const { status, stdout } = await holdfast(['wiring', 'ssh-config', ...args]);
  expect(status).toBe(0);
  return stdout;
}
