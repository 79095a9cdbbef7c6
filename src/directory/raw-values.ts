/**
 * Values of one entry as a source hands them over, and how one is chosen where only one can be meant.
 */
import { rdnValues } from './dn.ts';
import { Invalid, quote, type RejectionCode } from './rejection.ts';
import { cryptHash } from './shadow.ts';
import { safeText } from './text.ts';

/** One value as the directory gave it; undefined when its bytes are no UTF-8. */
export type RawValue = string | undefined;
export type RawValues = readonly RawValue[];

/** Directories have names of some hundred characters, and immutable ids of 36. Both are kept for every entry. */
const DN_MAX_LENGTH = 4096;
const ID_MAX_LENGTH = 256;

interface Named {
  readonly dn: string;
  readonly id: RawValues;
  readonly name: RawValues;
  readonly nameType: string;
}

/** What is kept and shown of an entry beside its fields. Undefined when it can be. */
export function checkLabels({ dn, id: [id] }: Named): Invalid | undefined {
  if (dn.length > DN_MAX_LENGTH) {
    return new Invalid('text-invalid', `DN ${quote(dn)} has ${dn.length} characters, at most ${DN_MAX_LENGTH} are allowed`);
  }
  if (id !== undefined && id.length > ID_MAX_LENGTH) {
    return new Invalid('text-invalid', `immutable id ${quote(id)} has ${id.length} characters, at most ${ID_MAX_LENGTH} are allowed`);
  }
  return undefined;
}

/** Names may have several values (`uid`, `cn`); the one in the RDN is meant. */
export function singleName<T extends string>(raw: Named, parse: (text: string) => T | Invalid): T | Invalid {
  if (raw.name.length === 1 || raw.name.length === 0) return single(raw.name, 'name', parse, 'name-missing');
  const inRdn = rdnValues(raw.dn, raw.nameType);
  const [match, ...others] = raw.name.filter((value) => value !== undefined && inRdn.includes(value));
  if (match !== undefined && others.length === 0) return parse(match);
  return new Invalid('name-ambiguous', `${raw.nameType} has ${raw.name.length} values and the DN names none of them`);
}

export function single<T>(
  values: RawValues,
  what: string,
  parse: (text: string) => T | Invalid,
  missing: RejectionCode = 'id-missing',
): T | Invalid {
  const [value] = values;
  if (values.length === 0) return new Invalid(missing, `has no ${what}`);
  if (values.length > 1) return new Invalid('id-invalid', `has ${values.length} values for its ${what}`);
  return value === undefined ? notUtf8(what) : parse(value);
}

/** The schemas allow one value; of several, a server may give any first. */
export function optional<T>(values: RawValues, what: string, parse: (text: string) => T | Invalid): T | undefined | Invalid {
  const [value] = values;
  if (values.length > 1) return new Invalid('text-invalid', `has ${values.length} values for its ${what}`);
  if (values.length === 0 || value === '') return undefined;
  return value === undefined ? notUtf8(what) : parse(value);
}

export function firstHash(values: RawValues): string | undefined {
  for (const value of values) {
    const hash = value === undefined ? undefined : cryptHash(value);
    if (hash !== undefined) return hash;
  }
  return undefined;
}

export function notUtf8(what: string): Invalid {
  return new Invalid('text-invalid', `${what} holds bytes that are no UTF-8`);
}

/** For an entry without a usable name: its DN, made safe to print. */
export function labelOf(raw: Named): string {
  const [name] = raw.name;
  return raw.name.length === 1 && name !== undefined && name !== '' ? safeText(name, 64) : safeText(raw.dn, 128);
}
