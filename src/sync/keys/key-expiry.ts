/**
 * The end that a key carries itself: the option `expiry-time="…"`, after which sshd refuses it whatever the caches say.
 *
 * @see sshd(8) AUTHORIZED_KEYS FILE FORMAT: `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`, in the host's time zone without the `Z`
 */
import type { AuthorizedKey } from '../../directory/authorized-key.ts';

const TIME = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/;

/** Undefined for a key without an end. Of several ends the first to come counts, as for sshd. */
export function expiryOf({ options }: Pick<AuthorizedKey, 'options'>): Date | undefined {
  const ends = options.flatMap(({ name, value = '' }) => (name === 'expiry-time' ? [parseTime(value)] : []));
  return ends.filter((end) => end !== undefined).sort((a, b) => a.getTime() - b.getTime())[0];
}

function parseTime(text: string): Date | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone = ''] = match;
  // ECMAScript reads a time without a zone as the host's own, as sshd does.
  const end = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(end.getTime()) ? undefined : end;
}
