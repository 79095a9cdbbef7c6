/**
 * What the demo plays on: a company's directory behind mutual TLS, and a host of its own that holdfast is set up on.
 *
 * The host's /etc/holdfast and /var/lib/holdfast are those of a scratch root in a temp folder. Where the session takes place
 * is that temp folder too: keys and files that a person at this host would have.
 */
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../../src/errors.ts';
import { groupDn, personDn } from '../support/ldif.ts';
import { HOST_STATE_DIR, type NamespaceHost, startNamespaceHost } from '../support/namespace-host.ts';
import { type Company, generatePeople, type Group, type Person } from '../support/people.ts';
import { type CertificateAuthority, createPki } from '../support/pki.ts';
import { expectSuccess, type ProgramResult } from '../support/running-program.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';
import { generateSshKey } from '../support/sshd.ts';
import { BUILT, Refusal } from './entry-point.ts';

export const PEOPLE_COUNT = 200;

const CONFIG_DIR = '/etc/holdfast';

/** In `web-prod`, the team that this host is for, and with a key at the desk. */
const GRACE = { uid: 'grace.hopper', cn: 'Grace Hopper', givenName: 'Grace', sn: 'Hopper' };
/** Leaves. */
const ALAN = { uid: 'alan.turing', cn: 'Alan Turing', givenName: 'Alan', sn: 'Turing' };
/** Gets a new laptop. */
const MARGARET = { uid: 'margaret.hamilton', cn: 'Margaret Hamilton', givenName: 'Margaret', sn: 'Hamilton' };
/** In none of the teams that may log in, and with a shell that most hosts do not have. */
const OUTSIDER_INDEX = 100;

export interface Stage extends AsyncDisposable {
  /** The folder of the session. */
  readonly folder: string;
  /** Somebody who may not log in here. */
  readonly outsider: string;
  /** Everybody's, in the order of the directory. */
  readonly logins: readonly string[];
  readonly directory: Slapd;
  /** The program that runs a command on the host for whoever is in another terminal; without one, a shell. */
  readonly entrance: string;
  /** Runs a line of sh on the host; stderr goes where stdout does. */
  readonly shell: (line: string) => Promise<ProgramResult>;
}

export async function setStage(signal: AbortSignal): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  stack.defer(async () => await rm(folder, { recursive: true }));

  const { ca } = await createPki(join(folder, 'pki'));
  const company = await foundCompany(folder);
  signal.throwIfAborted();
  const directory = stack.use(await startDirectory(ca, company));
  signal.throwIfAborted();
  const root = await prepareRoot(join(folder, 'root'), ca, directory.uris.ldaps);
  const host = stack.use(await startHost(join(root, HOST_STATE_DIR)));
  await bindConfiguration(host, root);
  const { port } = await host.startSshd({ authorizedKeysCommand: BUILT.lookupCommand });
  await writeFile(join(folder, 'ssh_config'), sshClientConfig(port));
  const entrance = join(folder, 'on-host');
  await writeFile(entrance, entranceScript(host, folder, directory), { mode: 0o755 });

  const held = stack.move();
  return {
    folder,
    logins: [...company.people].map(({ uid }) => uid),
    directory,
    entrance,
    outsider: at([...company.people], OUTSIDER_INDEX).uid,
    shell: async (line) => await runLine(host, folder, directory, line),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** Makes the keys of those who log in later, and the change that is to come. */
async function foundCompany(folder: string): Promise<Company> {
  const publicKey = async (name: string, comment: string): Promise<string> =>
    `${await generateSshKey(join(folder, `${name}.key`))} ${comment}`;
  const graces = await publicKey('grace', 'grace.hopper@laptop');
  const margarets = await publicKey('margaret', 'margaret.hamilton@new-laptop');
  await writeFile(join(folder, 'change.ldif'), changeRecords(margarets));
  const { count, people, groups } = generatePeople({
    count: PEOPLE_COUNT,
    named: [{ ...GRACE, gecos: GRACE.cn, sshPublicKeys: [graces] }, { ...ALAN }, { ...MARGARET, gecos: MARGARET.cn }],
  });
  return { count, people: [...people].map(withShell), groups: [...groups].map(withoutLocalName) };
}

function withShell(person: Person, index: number): Person {
  return { ...person, loginShell: index === OUTSIDER_INDEX ? '/bin/zsh' : '/bin/bash' };
}

/** Debian has a group `staff` of its own, and a local name wins. */
function withoutLocalName(group: Group): Group {
  return group.cn === 'staff' ? { ...group, cn: 'employees' } : group;
}

function changeRecords(key: string): string {
  return `# Alan leaves.
dn: ${personDn(ALAN.uid)}
changetype: delete

dn: ${groupDn('web-prod')}
changetype: modify
delete: memberUid
memberUid: ${ALAN.uid}

# Margaret has a new laptop.
dn: ${personDn(MARGARET.uid)}
changetype: modify
add: sshPublicKey
sshPublicKey: ${key}
`;
}

async function startDirectory(ca: CertificateAuthority, people: Company): Promise<Slapd> {
  const server = await ca.issueServer({ name: 'ldap-1' });
  return await startSlapd({ tls: { ...server, clientCa: ca.cert, verifyClient: 'demand' }, anonymous: 'refused', people });
}

/** @returns the root */
async function prepareRoot(root: string, ca: CertificateAuthority, uri: string): Promise<string> {
  const tls = join(root, CONFIG_DIR, 'tls');
  await mkdir(tls, { recursive: true });
  const client = await ca.issueClient({ commonName: 'web-1' });
  await copyFile(ca.cert, join(tls, 'ca.pem'));
  await copyFile(client.cert, join(tls, 'client.crt'));
  await copyFile(client.key, join(tls, 'client.key'));
  await writeFile(join(root, CONFIG_DIR, 'holdfast.toml'), configuration(uri), { mode: 0o640 });
  const state = join(root, HOST_STATE_DIR);
  await mkdir(state, { recursive: true });
  // Whatever the umask: NSS reads the caches as everybody.
  for (const path of [state, dirname(state)]) await chmod(path, 0o755);
  return root;
}

function configuration(uri: string): string {
  return `version = 1

[[source]]
name = "corp"
type = "ldap"
# More than one may be given; they are tried in order.
uris = ["${uri}"]
base = "dc=example,dc=org"

# Mutual TLS: the directory shows its certificate, and this host's certificate is its login (SASL EXTERNAL).
[source.tls]
ca = "file:${CONFIG_DIR}/tls/ca.pem"
cert = "file:${CONFIG_DIR}/tls/client.crt"
key = "file:${CONFIG_DIR}/tls/client.key"

# Who may log in here. Everybody else resolves (ls -l shows their names), but has no keys on this host.
[access]
groups = ["web-prod"]
always = { groups = ["sre"] }
`;
}

async function startHost(stateDir: string): Promise<NamespaceHost> {
  try {
    return await startNamespaceHost({ stateDir });
  } catch (error) {
    throw new Refusal(`cannot make a host of its own, which takes a mount namespace with overlays in it: ${messageOf(error)}`);
  }
}

async function bindConfiguration(host: NamespaceHost, root: string): Promise<void> {
  const command = ['sh', '-c', 'mkdir "$2" && mount --bind "$1" "$2"', 'bind', join(root, CONFIG_DIR), CONFIG_DIR];
  expectSuccess(await host.run(command), command);
}

function sshClientConfig(port: number): string {
  return `Host web-1
HostName 127.0.0.1
Port ${port}
BatchMode yes
IdentitiesOnly yes
IdentityAgent none
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
GlobalKnownHostsFile /dev/null
LogLevel ERROR
`;
}

/** The directory's administrator is root, on its local socket: what `ldapmodify` is told by the environment. */
async function runLine(host: NamespaceHost, folder: string, directory: Slapd, line: string): Promise<ProgramResult> {
  return await host.run(['sh', '-c', 'exec 2>&1; cd "$1" && eval "$2"', 'session', folder, line], { env: environment(directory) });
}

function environment(directory: Slapd): Record<string, string> {
  return { PATH: `${BUILT.folder}:${process.env['PATH']}`, LDAPURI: directory.uris.ldapi, LDAPSASL_MECH: 'EXTERNAL' };
}

function entranceScript(host: NamespaceHost, folder: string, directory: Slapd): string {
  const settings = Object.entries(environment(directory)).map(([name, value]) => `${name}='${value}'`);
  const command = host.commandLine(['sh', '-c', `'cd "$0" && exec "$@"'`, `'${folder}'`, '"$@"']);
  return `#!/bin/sh
# Runs a command on the demo's host, or a shell.
[ $# -gt 0 ] || set -- bash --norc -i
exec env ${settings.join(' ')} PS1='web-1# ' ${command.join(' ')}
`;
}

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} of ${values.length}`);
  return value;
}
