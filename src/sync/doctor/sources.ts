/**
 * Whether the sources answer now, what keeps them from it, and what time their servers have.
 */
import type { HoldfastError } from '../../errors.ts';
import type { ServerProbe } from '../../sources/source.ts';
import { age } from '../phrases.ts';
import { both, finding, found, notChecked, type Verdict } from './finding.ts';

export type SourceProbe =
  | { readonly name: string; readonly servers: readonly ServerProbe[] }
  /** Nobody was asked: what would be needed for it cannot be read, or is another process's. */
  | { readonly name: string; readonly unasked: string };

/** Milliseconds. TLS and tickets allow for some minutes; an `expiry-time` is meant to the second. */
const OFF = 60_000;
const WRONG = 300_000;

const LOOK_AT_IT = "holdfast diff   # asks it again; look at the network between, and at the server's log";

export function judgeSources(probes: readonly SourceProbe[]): Verdict {
  return both(
    ...probes.map((probe) => ('unasked' in probe ? notChecked(`source "${probe.name}": ${probe.unasked}`) : judgeServers(probe))),
  );
}

function judgeServers({ name, servers }: SourceProbe & { readonly servers: readonly ServerProbe[] }): Verdict {
  const isReached = servers.some(({ failure }) => failure === undefined);
  const code = isReached ? 'server-unreachable' : 'source-unreachable';
  return found(
    ...servers.flatMap(({ server, failure }) =>
      failure === undefined ? [] : [finding(code, `source "${name}": ${server}: ${failure.message}`, fixOf(failure))],
    ),
  );
}

function fixOf({ hints }: HoldfastError): string {
  return hints.length === 0 ? LOOK_AT_IT : hints.join('; ');
}

/** By the server that disagrees most; one that is itself wrong is named, and that is a finding, too. */
export function judgeClock(probes: readonly SourceProbe[], isOffline: boolean): Verdict {
  if (isOffline) return notChecked('--offline was given');
  const servers = probes.flatMap((probe) => ('servers' in probe ? probe.servers : []));
  const clocks = servers.flatMap(({ server, clock }) =>
    clock === undefined ? [] : [{ server, ...clock, off: Math.max(0, Math.abs(clock.ahead) - clock.within) }],
  );
  const [worst] = clocks.sort((a, b) => b.off - a.off);
  if (worst === undefined) return notChecked(whyNoClock(servers));
  if (worst.off < OFF) return found();
  const what = `this host's clock is ${age(Math.round(worst.off / 1000))} ${worst.ahead > 0 ? 'ahead of' : 'behind'} that of ${worst.server}`;
  return found(
    finding(
      worst.off < WRONG ? 'clock-off' : 'clock-wrong',
      what,
      'timedatectl set-ntp true; timedatectl timesync-status   # with chrony: chronyc makestep',
    ),
  );
}

function whyNoClock(servers: readonly ServerProbe[]): string {
  if (servers.length === 0) return 'no server was asked';
  if (servers.every(({ failure }) => failure !== undefined)) return 'no server of a source answered';
  return 'no server tells its time (Active Directory and 389-ds do, OpenLDAP where cn=Monitor may be read)';
}
