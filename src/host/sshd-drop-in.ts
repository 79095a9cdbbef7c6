/**
 * What sshd has to be told of holdfast: the text of /etc/ssh/sshd_config.d/10-holdfast.conf, and what an installed one lacks.
 *
 * sshd cannot ask where an account comes from. That of a directory user is never the name of a local account (such an entry is
 * quarantined), so "everybody but the local accounts" are the directory's users, those who are denied and those who are yet to come
 * included. A `Match` block wins over the rest of sshd_config, and one in an included file ends with that file (sshd_config(5)).
 *
 * Of two blocks that both match, the first one that says a keyword wins. So the emergency users' block stands behind the lines for
 * everybody, which would else belong to it, and before every other block.
 */
export interface SshdWiring {
  /** As `[policy] own_authorized_keys` says. */
  readonly ownAuthorizedKeys: 'keep' | 'ignore';
  /** Local accounts, whose own file goes on counting. */
  readonly loginAccounts: readonly string[];
  /** Who gets the keys of this file and no others; undefined for nobody. */
  readonly emergency?: EmergencyWiring | undefined;
  /** Where the lookup command looks; undefined for its default. */
  readonly stateDirectory: string | undefined;
  /** Who is asked for keys after the lookup command. */
  readonly others?: readonly KeysCommand[] | undefined;
}

/** What sshd asked before holdfast came: `AuthorizedKeysCommand`, and its user. */
export interface KeysCommand {
  readonly user: string;
  /** With sshd's tokens. */
  readonly command: string;
}

export interface EmergencyWiring {
  readonly users: readonly string[];
  readonly file: string;
}

const LOOKUP = '/usr/lib/holdfast/authorized-keys %u';
export const CHAIN = '/usr/lib/holdfast/authorized-keys-chain';

export function sshdDropIn(wiring: SshdWiring): string {
  const blocks = [
    ...(wiring.emergency === undefined ? [] : [EMERGENCY_COMMENT, ...emergencyBlock(wiring.emergency)]),
    ...(wiring.ownAuthorizedKeys === 'keep' ? [] : [IGNORE_COMMENT, ...ignoreBlock(wiring)]),
  ];
  return `# sshd_config(5): sshd asks holdfast's lookup command for a login's keys. Printed by "holdfast wiring sshd".
# Install as /etc/ssh/sshd_config.d/10-holdfast.conf, then: sshd -t && systemctl reload ssh

${[...globalLines(wiring), ...blocks].map((line) => `${line}\n`).join('')}`;
}

const EMERGENCY_COMMENT = `
# The emergency users, whose keys come from S3 ("holdfast emergency"). This block stands behind the lines above, which would else
# be its own, and before every other Match block, in this file and in those that sort after it: the first one that says a keyword
# wins. So neither the directory, nor keys that somebody left in the account, nor a second factor whose service is down has a
# part in it. The file is root's alone (0600), and sshd would open an AuthorizedKeysFile as the user who logs in: so root's
# cat reads it.`;

const IGNORE_COMMENT = `
# own_authorized_keys = "ignore": keys that directory users put into their own ~/.ssh/authorized_keys do not count. These are the
# accounts of this host; print this file again when one is added, or its own file does not count either.`;

/** Without comments; those of a Match block are indented. */
function wiredLines(wiring: SshdWiring): string[] {
  const emergency = wiring.emergency === undefined ? [] : emergencyBlock(wiring.emergency);
  return [...globalLines(wiring), ...emergency, ...(wiring.ownAuthorizedKeys === 'keep' ? [] : ignoreBlock(wiring))];
}

function globalLines({ stateDirectory, others = [] }: SshdWiring): string[] {
  // sshd gives the command no environment of ours. In its arguments a % begins a token.
  const environment = stateDirectory === undefined ? '' : `/usr/bin/env HOLDFAST_STATE_DIR=${stateDirectory.replaceAll('%', '%%')} `;
  const chained = others.map(({ user, command }) => ` -- ${user} ${command}`).join('');
  const lookup = others.length === 0 ? LOOKUP : `${CHAIN} %u${chained}`;
  return [`AuthorizedKeysCommand ${environment}${lookup}`, `AuthorizedKeysCommandUser ${userFor(others)}`, 'UsePAM yes'];
}

/** The chain runs each command as its own user, for which it has to be root where there is another than nobody. */
function userFor(others: readonly KeysCommand[]): string {
  return others.every(({ user }) => user === 'nobody') ? 'nobody' : 'root';
}

/** Whom a command of ours asks besides the lookup command. */
export function chainedCommands(command: string): KeysCommand[] {
  const words = command.split(/\s+/);
  if (!isChain(command)) return [];
  const parts = words.join(' ').split(' -- ').slice(1);
  return parts.flatMap((part) => {
    const space = part.indexOf(' ');
    return space < 1 ? [] : [{ user: part.slice(0, space), command: part.slice(space + 1) }];
  });
}

/** It drops root's rights itself before it runs what needs none. */
export function isChain(command: string): boolean {
  return command.split(/\s+/).includes(CHAIN);
}

function emergencyBlock({ users, file }: EmergencyWiring): string[] {
  return [
    `Match User ${users.join(',')}`,
    `    AuthorizedKeysCommand /usr/bin/cat ${file.replaceAll('%', '%%')}`,
    '    AuthorizedKeysCommandUser root',
    '    AuthorizedKeysFile none',
    '    AuthenticationMethods publickey',
  ];
}

function ignoreBlock({ loginAccounts }: SshdWiring): string[] {
  return [`Match User *,${loginAccounts.map((name) => `!${name}`).join(',')}`, '    AuthorizedKeysFile none'];
}

/**
 * The first thing that an installed drop-in says otherwise than it should: a clause; undefined when there is nothing. Lines of somebody's own are
 * left alone, but for a `Match User` that is not wanted (any more).
 */
export function faultOfDropIn(installed: string, wiring: SshdWiring): string | undefined {
  const lines = installed
    .split('\n')
    .map(normalized)
    .filter((line) => line !== '' && !line.startsWith('#'));
  const wanted = wiredLines(wiring).map(normalized);
  const missing = wanted.find((line) => !lines.includes(line));
  if (missing !== undefined) return `lacks the line "${missing}"`;
  const surplus = lines.find((line) => line.toLowerCase().startsWith('match user *,') && !wanted.includes(line));
  if (surplus !== undefined) return `has the line "${surplus}", which the configuration does not want`;
  return faultOfEmergency(lines, wiring.emergency);
}

/** Order and place decide here: what stands in another block, or behind one that says the same, is not in effect. */
function faultOfEmergency(lines: readonly string[], emergency: EmergencyWiring | undefined): string | undefined {
  if (emergency === undefined) {
    const surplus = lines.find((line) => line.startsWith('AuthorizedKeysCommand /usr/bin/cat '));
    return surplus === undefined ? undefined : `has the line "${surplus}", and there is no [emergency]`;
  }
  const [head = '', ...body] = emergencyBlock(emergency).map(normalized);
  const blocks = lines.flatMap((line, index) => (/^match /i.test(line) ? index : []));
  const [first = 0, second = lines.length] = blocks;
  if (lines[first] !== head) return `has "${lines[first]}" before "${head}", and the first block that says a keyword wins`;
  const own = new Set(lines.slice(first + 1, second));
  const missing = body.find((line) => !own.has(line));
  return missing === undefined ? undefined : `lacks the line "${missing}" in the block "${head}"`;
}

function normalized(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}
