/**
 * Which options a key may carry here: those that the host's owner allows, spelt so that sshd reads them.
 *
 * sshd throws away the whole line for an option that it cannot read, for `from` twice, and for a flag with a value. Such a key
 * would be shown and let nobody in, so it is refused with its reason.
 *
 * @see `sshauthopt_parse` in OpenSSH auth-options.c
 */
import type { KeyOption } from '../../directory/key-options.ts';
import { Invalid, quote } from '../../directory/rejection.ts';

/** What each option that has a value wants; the others want none. */
const VALUES: ReadonlyMap<string, { readonly form: RegExp; readonly wanted: string }> = new Map([
  ['from', { form: /^!?[A-Za-z0-9.:*?_/%-]+(?:,!?[A-Za-z0-9.:*?_/%-]+)*$/, wanted: 'a list of addresses and host names' }],
  ['expiry-time', { form: /^[0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?Z?$/, wanted: 'a time such as "20301231" or "20301231235959Z"' }],
]);

/**
 * Undefined when there is nothing against these options.
 *
 * @param setting where `allowed` is configured, for the reason
 */
export function refuseOptions(options: readonly KeyOption[], allowed: ReadonlySet<string>, setting = '[policy.keys]'): Invalid | undefined {
  const known = new Set<string>();
  for (const option of options) {
    const reason = refuseName(option, allowed, setting) ?? refuseValue(option);
    if (reason !== undefined) return new Invalid('key-options', reason);
    if (known.has(option.name)) return new Invalid('key-options', `carries the option "${option.name}" twice`);
    known.add(option.name);
  }
  return undefined;
}

function refuseName({ name }: KeyOption, allowed: ReadonlySet<string>, setting: string): string | undefined {
  return allowed.has(name) ? undefined : `carries the option "${name}", which ${setting} options does not allow`;
}

function refuseValue({ name, value }: KeyOption): string | undefined {
  const rule = VALUES.get(name);
  if (rule === undefined) return value === undefined ? undefined : `carries the option "${name}" with a value, and it has none`;
  if (value === undefined) return `carries the option "${name}" without a value; wanted: ${rule.wanted}`;
  return rule.form.test(value) ? undefined : `carries the option "${name}" with ${quote(value)}; wanted: ${rule.wanted}`;
}
