/**
 * What sshd has to be told of holdfast: the text of /etc/ssh/sshd_config.d/10-holdfast.conf, and what an installed one lacks.
 *
 * sshd cannot ask where an account comes from. That of a directory user is never the name of a local account (such an entry is
 * quarantined), so "everybody but the local accounts" are the directory's users, those who are denied and those who are yet to come
 * included. A `Match` block wins over the rest of sshd_config, and one in an included file ends with that file (sshd_config(5)).
 */
export interface SshdWiring {
  /** As `[policy] own_authorized_keys` says. */
  readonly ownAuthorizedKeys: 'keep' | 'ignore';
  /** Local accounts, whose own file goes on counting. */
  readonly loginAccounts: readonly string[];
  /** Where the lookup command looks; undefined for its default. */
  readonly stateDirectory: string | undefined;
}

export function sshdDropIn(wiring: SshdWiring): string {
  const [command = '', ...others] = wiredLines(wiring);
  const global = others.slice(0, 2);
  const match = others.slice(2);
  return `# sshd_config(5): sshd asks holdfast's lookup command for a login's keys. Printed by "holdfast wiring sshd".
# Install as /etc/ssh/sshd_config.d/10-holdfast.conf, then: sshd -t && systemctl reload ssh

${[command, ...global].join('\n')}
${match.length === 0 ? '' : IGNORE_COMMENT}${match.map((line) => `${line}\n`).join('')}`;
}

const IGNORE_COMMENT = `
# own_authorized_keys = "ignore": keys that directory users put into their own ~/.ssh/authorized_keys do not count. These are the
# accounts of this host; print this file again when one is added, or its own file does not count either.
`;

/** Without comments; those of a Match block are indented. */
function wiredLines({ ownAuthorizedKeys, loginAccounts, stateDirectory }: SshdWiring): string[] {
  const lookup = '/usr/lib/holdfast/authorized-keys %u';
  // sshd gives the command no environment of ours. In its arguments a % begins a token.
  const environment = stateDirectory === undefined ? '' : `/usr/bin/env HOLDFAST_STATE_DIR=${stateDirectory.replaceAll('%', '%%')} `;
  const global = [`AuthorizedKeysCommand ${environment}${lookup}`, 'AuthorizedKeysCommandUser nobody', 'UsePAM yes'];
  if (ownAuthorizedKeys === 'keep') return global;
  return [...global, `Match User *,${loginAccounts.map((name) => `!${name}`).join(',')}`, '    AuthorizedKeysFile none'];
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
  return surplus === undefined ? undefined : `has the line "${surplus}", which the configuration does not want`;
}

function normalized(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}
