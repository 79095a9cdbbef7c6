/**
 * Others that do a part of the same, where this machine has them: nsscache pulls, SSSD answers for keys.
 *
 * They get the same directory over the same mutual TLS and bind with a password, since nsscache knows no SASL EXTERNAL.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNamespaceHost } from '../support/namespace-host.ts';
import { runProgram } from '../support/running-program.ts';
import { SERVICE_ACCOUNTS } from '../support/slapd-config.ts';
import type { DirectoryServer } from './directory-server.ts';
import { LOOKUP_COMMAND } from './key-lookup.ts';
import type { BenchOptions } from './options.ts';
import { loginOf, pickEvenly } from './people-sample.ts';
import type { ScratchHost } from './scratch-host.ts';
import type { Row, Section } from './table.ts';
import { timeCalls, timeProgram } from './timed-program.ts';
import { measureInTurns } from './turns.ts';

/** Debian trixie with nsscache in it, as test/install-servers.sh makes it. */
const TREE = '/var/cache/holdfast-tests/nsscache';
const CALLS = 100;
const SSSD_START_TIMEOUT = 30_000;

export interface PeerSetting {
  readonly options: BenchOptions;
  readonly folder: string;
  readonly directory: DirectoryServer;
  /** With the caches of a sync. */
  readonly host: ScratchHost;
  readonly signal: AbortSignal;
}

export async function measurePeers(setting: PeerSetting): Promise<Section> {
  const rows = [
    ...((await isInstalled('sss_ssh_authorizedkeys')) ? await measureSssd(setting) : ['SSSD is not installed: not measured']),
    ...(existsSync(TREE) ? await measureNsscache(setting) : ['nsscache is not installed: not measured']),
  ];
  return { title: `Others, ${setting.options.users.toLocaleString('en-US')} people`, rows };
}

async function isInstalled(program: string): Promise<boolean> {
  return (await runProgram(['sh', '-c', `command -v ${program}`])).status === 0;
}

/** Once: it takes half a minute. */
async function measureNsscache({ options, directory, host, signal }: PeerSetting): Promise<Row[]> {
  const folder = await mkdtemp(join(TREE, 'tmp/bench-'));
  try {
    const place = folder.slice(TREE.length);
    const { ca, cert, key } = directory.certificates;
    for (const [name, path] of Object.entries({ ca, cert, key })) await copyFile(path, join(folder, name));
    await writeFile(join(folder, 'nsscache.conf'), nsscacheConfig(directory, place));
    const samples = await measureInTurns(
      {
        holdfast: async () => {
          await host.renew();
          return (await host.sync()).seconds;
        },
        nsscache: async () => (await timeProgram(['chroot', TREE, 'nsscache', '-c', `${place}/nsscache.conf`, 'update', '--full'])).seconds,
      },
      1,
      signal,
    );
    await expectLines(join(folder, 'passwd.cache'), options.users);
    return [
      { what: 'first sync', unit: 's', samples: samples.holdfast },
      { what: 'nsscache update --full', unit: 's', samples: samples.nsscache, beside: { what: 'first sync', samples: samples.holdfast } },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** It is content with a part. */
async function expectLines(path: string, count: number): Promise<void> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n').length;
  if (lines !== count) throw new Error(`${path} has ${lines} lines instead of ${count}`);
}

function nsscacheConfig({ uri, base }: DirectoryServer, caches: string): string {
  const { dn, password } = SERVICE_ACCOUNTS.sync;
  return `[DEFAULT]
source = ldap
cache = files
maps = passwd, group, shadow, sshkey
timestamp_dir = ${caches}
lockfile = ${caches}/lock
files_dir = ${caches}
files_cache_filename_suffix = cache
ldap_uri = ${uri}
ldap_base = ou=people,${base}
ldap_filter = (objectclass=posixAccount)
ldap_bind_dn = ${dn}
ldap_bind_password = ${password}
ldap_tls_require_cert = demand
ldap_tls_cacertfile = ${caches}/ca
ldap_tls_certfile = ${caches}/cert
ldap_tls_keyfile = ${caches}/key
[group]
ldap_base = ou=group,${base}
ldap_filter = (objectclass=posixGroup)
[shadow]
ldap_filter = (objectclass=shadowAccount)
[suffix]
prefix = ""
suffix = ""
`;
}

/** What a login waits for when SSSD knows the person already. */
async function measureSssd({ options, directory, host, signal }: PeerSetting): Promise<Row[]> {
  await using machine = await startNamespaceHost({ stateDir: host.stateDir });
  await machine.writeEtc('sssd/sssd.conf', sssdConfig(directory), 0o600);
  const sssd = machine.start(['sssd', '--interactive']);
  const args = pickEvenly(directory.company, CALLS).map(loginOf);
  const deadline = Date.now() + SSSD_START_TIMEOUT;
  for (const login of args) {
    while ((await machine.run(['sss_ssh_authorizedkeys', login])).stdout === '') {
      signal.throwIfAborted();
      if (Date.now() > deadline) throw new Error(`SSSD has no keys of ${login}: ${sssd.stderr}`);
      await sleep(100);
    }
  }
  const call = async (program: string): Promise<number> =>
    await timeCalls({ call: `${program} "$argument"`, args, env: { HOLDFAST_STATE_DIR: host.stateDir } }, (command) =>
      machine.commandLine(command),
    );
  const samples = await measureInTurns(
    {
      holdfast: async () => await call(LOOKUP_COMMAND),
      sssd: async () => await call('sss_ssh_authorizedkeys'),
    },
    options.repeat,
    signal,
  );
  return [
    { what: 'authorized-keys', unit: 'ms', samples: samples.holdfast },
    { what: 'sss_ssh_authorizedkeys', unit: 'ms', samples: samples.sssd, beside: { what: 'authorized-keys', samples: samples.holdfast } },
  ];
}

function sssdConfig({ uri, base, certificates: { ca, cert, key } }: DirectoryServer): string {
  const { dn, password } = SERVICE_ACCOUNTS.sync;
  return `[sssd]
services = ssh
domains = corp
[domain/corp]
id_provider = ldap
ldap_uri = ${uri}
ldap_search_base = ${base}
ldap_default_bind_dn = ${dn}
ldap_default_authtok = ${password}
ldap_tls_reqcert = demand
ldap_tls_cacert = ${ca}
ldap_tls_cert = ${cert}
ldap_tls_key = ${key}
`;
}
