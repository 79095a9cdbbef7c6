/**
 * What tells one of a person's keys from the others, in the reason why it was refused.
 */
import { Invalid, quote } from './rejection.ts';

/** Of a line too long to be a key, the rest is not looked at. */
const SEEN = 8192;
/** SSH wire format begins with a length below 2^24: in base64, `AAAA`. */
const COMMENT = /(?:^|[ \t])AAAA[^ \t]*[ \t]+([^ \t].*)$/s;

/**
 * The refusal of a key, with the comment by which its owner knows it.
 *
 * @param place `key 2 of 3`, or `key` where the order is not the directory's
 * @param line as the directory gave it; undefined when its bytes are no text
 */
export function labelKey(place: string, line: string | undefined, { code, reason }: Invalid): Invalid {
  const comment = COMMENT.exec(line?.slice(0, SEEN) ?? '')?.[1]?.trim();
  const label = comment === undefined ? place : `${place} with comment ${quote(comment)}`;
  return new Invalid(code, `${label}: ${reason}`);
}
