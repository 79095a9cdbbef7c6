/**
 * Active Directory's range retrieval: of an attribute with more than 1,500 values it sends the first ones, as `member;range=0-1499`, and
 * the rest to who asks for `member;range=1500-*`. The last part says so with a `*` for its end.
 *
 * @see MS-ADTS section 3.1.1.3.1.3.3
 */

export interface AttributeRange {
  /** In lower case, without the option. */
  readonly attribute: string;
  readonly first: number;
  /** Where the next part begins; undefined for the last one. */
  readonly next: number | undefined;
}

const RANGE = /^([^;]+(?:;[^;]+)*?);range=([0-9]{1,9})-([0-9]{1,9}|\*)$/;

/** @param name of an attribute, in lower case */
export function parseRange(name: string): AttributeRange | undefined {
  const match = RANGE.exec(name);
  if (match === null) return undefined;
  const [, attribute = '', first = '', last = ''] = match;
  return { attribute, first: Number(first), next: last === '*' ? undefined : Number(last) + 1 };
}

/** What to ask for to get the values from this one on. */
export function rangeFrom(attribute: string, first: number): string {
  return `${attribute};range=${first}-*`;
}
