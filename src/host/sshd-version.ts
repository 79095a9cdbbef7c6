/**
 * Which OpenSSH this host's sshd is.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian, Red Hat, SUSE and Alpine put it, and where one that was built by hand goes. */
const PATHS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'];
/** Milliseconds; it takes ten. */
const PATIENCE = 5000;

export interface OpensshVersion {
  readonly major: number;
  readonly minor: number;
}

/** The oldest of those installed, since any may be the one that runs; undefined where one does not say, or there is none. */
export function readSshdVersion(): OpensshVersion | undefined {
  const versions = PATHS.filter((path) => existsSync(path)).map(askVersion);
  if (versions.includes(undefined)) return undefined;
  return versions.sort((a, b) => (isAtLeast(a, b) ? 1 : -1))[0];
}

export function isAtLeast(version: OpensshVersion | undefined, wanted: OpensshVersion | undefined): boolean {
  if (version === undefined || wanted === undefined) return false;
  return version.major > wanted.major || (version.major === wanted.major && version.minor >= wanted.minor);
}

/**
 * The version in what `sshd -V` prints: `OpenSSH_9.2p1 Debian-2, OpenSSL …` on stderr. Those before 9.2 do not know the option, say
 * so, and print the same behind it.
 */
export function parseSshdVersion(text: string): OpensshVersion | undefined {
  const match = /\bOpenSSH_([0-9]{1,3})\.([0-9]{1,3})/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

function askVersion(path: string): OpensshVersion | undefined {
  const { stdout, stderr } = spawnSync(path, ['-V'], { encoding: 'utf8', timeout: PATIENCE, stdio: ['ignore', 'pipe', 'pipe'], env: {} });
  return parseSshdVersion(`${stderr}\n${stdout}`);
}
