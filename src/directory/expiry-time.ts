/**
 * The `expiry-time="…"` option of a key line, by which sshd ends a key on time even where no agent runs any more.
 *
 * sshd reads `YYYYMMDD[HHMM[SS]]` in the system's time zone, and since OpenSSH 9.1 in UTC with a `Z` behind it. An older one refuses
 * the whole line for the `Z`. Of several options in a line it takes the earliest.
 *
 * In local time one hour of the year comes twice. sshd may take either, so a key that ends in it may end an hour early or late.
 *
 * @see sshd(8) AUTHORIZED_KEYS FILE FORMAT; parse_absolute_time() in OpenSSH's misc.c
 */
import type { AuthorizedKey } from './authorized-key.ts';
import { formatKeyOptions, type KeyOption } from './key-options.ts';

/** How the host's sshd reads times. */
export interface SshdClock {
  /** It knows the `Z`. */
  readonly readsUtc: boolean;
  /** The system's, as the IANA names it: `Europe/Berlin`. */
  readonly timeZone: string;
}

const NAME = 'expiry-time';
const TIME = /^([0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?)(Z|UTC)?$/i;

export class ExpiryTimes {
  readonly #readsUtc: boolean;
  readonly #local: Intl.DateTimeFormat;

  constructor({ readsUtc, timeZone }: SshdClock) {
    this.#readsUtc = readsUtc;
    this.#local = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  }

  /** The option, for a line without any. @param at milliseconds since the epoch, in a year of four digits */
  option(at: number): string {
    return formatKeyOptions([this.#endingAt(at)]);
  }

  /** The key as it is when it ends no later by an option of its own; else with the end in it. */
  limit(key: AuthorizedKey, at: number): AuthorizedKey {
    if (key.options.some((option) => option.name === NAME && this.#endsFirst(option, at))) return key;
    const others = key.options.filter(({ name }) => name !== NAME);
    return { ...key, options: [this.#endingAt(at), ...others] };
  }

  #endingAt(at: number): KeyOption {
    return { name: NAME, value: this.#readsUtc ? `${utcText(at)}Z` : this.#localText(at) };
  }

  /** One that sshd cannot read counts too: it refuses the key for it. */
  #endsFirst({ value = '' }: KeyOption, at: number): boolean {
    const match = TIME.exec(value);
    if (match === null) return true;
    const [, digits = '', zone] = match;
    return digits.padEnd(14, '0') <= (zone === undefined ? this.#localText(at) : utcText(at));
  }

  #localText(at: number): string {
    const parts = new Map(this.#local.formatToParts(at).map(({ type, value }) => [type, value]));
    return (['year', 'month', 'day', 'hour', 'minute', 'second'] as const)
      .map((type) => parts.get(type) ?? '')
      .join('')
      .padStart(14, '0');
  }
}

function utcText(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:T]/g, '').replace(/\..*$/, '');
}
