/**
 * The options in front of a key: `no-pty,from="10.0.0.0/8"`.
 *
 * @see sshd(8) AUTHORIZED_KEYS FILE FORMAT
 */
import { isKeyType, malformed } from './key-blob.ts';
import { Invalid, quote } from './rejection.ts';

/** One option of a key line: `no-pty`, or `from="10.0.0.0/8"` with its value unquoted. */
export interface KeyOption {
  readonly name: string;
  readonly value?: string;
}

/**
 * Options that only ever take something away. `command=`, `environment=`, `principals=`, `tunnel=`, `permitopen=` and
 * `cert-authority` are not among them: they run something, or widen what the key may do.
 */
export const RESTRICTING_OPTIONS = [
  'restrict',
  'from',
  'expiry-time',
  'no-agent-forwarding',
  'no-port-forwarding',
  'no-pty',
  'no-user-rc',
  'no-x11-forwarding',
  'verify-required',
] as const;

/** Values are quoted, `"` inside them escaped as sshd(8) says. */
export function formatKeyOptions(options: readonly KeyOption[]): string {
  return options.map(formatOption).join(',');
}

function formatOption({ name, value }: KeyOption): string {
  return value === undefined ? name : `${name}="${value.replaceAll('"', '\\"')}"`;
}

/** The index of the first space or tab outside quotes. */
export function endOfOptions(line: string): number | undefined {
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index];
    if (character === '\\' && line[index + 1] === '"') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === ' ' || character === '\t')) return index;
  }
  return quoted ? undefined : line.length;
}

const OPTION = /([A-Za-z0-9@._-]+)(?:="((?:[^"\\]|\\"|\\(?!"))*)")?(,|$)/y;
/** Of the whole: whatever else an option's value may hold, a terminal and a reviewer shall see it as it is. */
const PRINTABLE_ASCII = /^[\x20-\x7e\t]*$/;

export function parseKeyOptions(text: string): readonly KeyOption[] | Invalid {
  if (!PRINTABLE_ASCII.test(text)) return malformed(`has options with other characters than printable ASCII: ${quote(text)}`);
  const options: KeyOption[] = [];
  OPTION.lastIndex = 0;
  while (OPTION.lastIndex < text.length) {
    const match = OPTION.exec(text);
    if (match === null) return malformed(`has options that cannot be read: ${quote(text)}`);
    const [, spelling = '', value, separator] = match;
    const name = spelling.toLowerCase();
    if (isKeyType(name)) return new Invalid('key-type', `${quote(spelling)} is no key type that holdfast reads, "${name}" is`);
    options.push(value === undefined ? { name } : { name, value: value.replaceAll('\\"', '"') });
    if (separator === '' && OPTION.lastIndex < text.length) return malformed(`has options that cannot be read: ${quote(text)}`);
  }
  return text.endsWith(',') ? malformed('has options that end with a comma') : options;
}
