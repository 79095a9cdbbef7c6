/**
 * Keys as the end and the locks of an account leave them: none for who is kept out, and with the known end in each line for who
 * has one.
 */
import { ExpiryTimes, type SshdClock } from '../../directory/expiry-time.ts';
import { isKeyType } from '../../directory/key-blob.ts';
import { joinKeyLines, type KeyLines, NO_KEYS, packKeys, splitKeyLines, unpackKeys } from '../../directory/key-lines.ts';
import type { LoginName } from '../../directory/names.ts';
import type { Invalid } from '../../directory/rejection.ts';
import type { Standings } from '../expiry.ts';

/** Hears once of each account that is kept out. */
export type RefusalListener = (name: LoginName, refusal: Invalid) => void;

export class LimitedKeys {
  readonly #reported = new Set<LoginName>();
  readonly #standings: Standings;
  readonly #sshdClock: () => SshdClock;
  readonly #onRefusal: RefusalListener;
  #times: ExpiryTimes | undefined;

  /** @param sshdClock asked once, when the first key has to end */
  constructor(standings: Standings, sshdClock: () => SshdClock, onRefusal: RefusalListener) {
    this.#standings = standings;
    this.#sshdClock = sshdClock;
    this.#onRefusal = onRefusal;
  }

  /** @param keys those that the account has otherwise */
  of(name: LoginName, keys: () => KeyLines): KeyLines {
    const standing = this.#standings.get(name);
    if (standing?.refusal !== undefined) return this.#refuse(name, standing.refusal);
    const lines = keys();
    return standing?.keysUntil === undefined ? lines : this.#end(lines, standing.keysUntil);
  }

  /** Milliseconds since the epoch: the end that `of` puts into the keys. */
  endOf(name: LoginName): number | undefined {
    return this.#standings.get(name)?.keysUntil;
  }

  #refuse(name: LoginName, refusal: Invalid): KeyLines {
    if (!this.#reported.has(name)) this.#onRefusal(name, refusal);
    this.#reported.add(name);
    return NO_KEYS;
  }

  #end(lines: KeyLines, at: number): KeyLines {
    this.#times ??= new ExpiryTimes(this.#sshdClock());
    const times = this.#times;
    const split = splitKeyLines(lines);
    // One text before each keeps their order. Whole directories have an end for everybody: parsing each key again would be felt.
    if (split.every(isPlain)) return joinKeyLines(split.map((line) => `${times.option(at)} ${line}`));
    return packKeys(unpackKeys(lines).map((key) => times.limit(key, at)));
  }
}

/** Without options of its own. */
function isPlain(line: string): boolean {
  return isKeyType(line.slice(0, line.indexOf(' ')));
}
