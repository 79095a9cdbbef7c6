/**
 * How this host's sshd reads the end of a key, by its version and the system's time zone.
 */
import type { SshdClock } from '../directory/expiry-time.ts';
import { isAtLeast, readSshdVersion } from '../host/sshd-version.ts';
import { readTimeZone } from '../host/time-zone.ts';
import type { HostContext } from './context.ts';

/** From its release notes: `expiry-time` and `-V` of ssh-keygen take UTC with a `Z`. */
const FIRST_WITH_UTC = { major: 9, minor: 1 };

export function readSshdClock({ config, paths }: Pick<HostContext, 'config' | 'paths'>): SshdClock {
  return { readsUtc: readsUtc(config.policy.keys.expiry_time, paths.root), timeZone: readTimeZone(paths) };
}

/** Below another root no program is run: it may be of another machine, or somebody else's. An unknown sshd may be old. */
function readsUtc(configured: 'auto' | 'utc' | 'local', root: string): boolean {
  if (configured !== 'auto') return configured === 'utc';
  return root === '/' && isAtLeast(readSshdVersion(), FIRST_WITH_UTC);
}
