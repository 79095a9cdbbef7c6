/**
 * sshd on a namespace host, wired as the package wires it: the distribution's own sshd_config with our drop-in beside it,
 * our lookup command in its place, and the names in /etc that systemd-tmpfiles(8) makes.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, retry } from './free-port.ts';
import { CACHE_FILES, type NamespaceHost } from './namespace-host.ts';
import { expectSuccess } from './running-program.ts';
import { HOST_LOOKUP_COMMAND, Sshd } from './sshd.ts';

const packaging = join(import.meta.dirname, '../../packaging');

const HOST_KEY = '/run/sshd/host_key';

/** The cache names are made anew, by the packaged tmpfiles.d alone. */
export async function wireHost(host: NamespaceHost): Promise<void> {
  await expectRun(host, ['rm', ...CACHE_FILES.map((name) => join('/etc', name))]);
  await expectRun(host, ['systemd-tmpfiles', '--create', join(packaging, 'tmpfiles.d/holdfast.conf')]);
  await expectRun(host, ['install', '-D', '-m', '755', join(packaging, 'authorized-keys'), HOST_LOOKUP_COMMAND]);
  await host.writeEtc('ssh/sshd_config.d/10-holdfast.conf', await readFile(join(packaging, 'sshd/10-holdfast.conf')));
}

/** @param prefix a command that runs sshd, such as faketime(1) */
export async function startPackagedSshd(host: NamespaceHost, prefix: readonly string[] = []): Promise<Sshd> {
  await expectRun(host, ['sh', '-c', `[ -e ${HOST_KEY} ] || ssh-keygen -q -t ed25519 -N '' -f ${HOST_KEY}`]);
  return await retry(3, async () => {
    const port = await freePort();
    const settings = [`ListenAddress=127.0.0.1:${port}`, 'PidFile=none', 'LogLevel=VERBOSE', 'MaxStartups=100'];
    const program = host.start([
      ...prefix,
      '/usr/sbin/sshd',
      '-D',
      '-e',
      '-h',
      HOST_KEY,
      ...settings.flatMap((setting) => ['-o', setting]),
    ]);
    await program.waitFor(/^Server listening on /m);
    return new Sshd(program, port);
  });
}

async function expectRun(host: NamespaceHost, command: readonly string[]): Promise<void> {
  expectSuccess(await host.run(command), command);
}
