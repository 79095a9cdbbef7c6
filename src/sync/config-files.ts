/**
 * The files that a configuration names, looked at one by one: one that is missing at three in the morning is missing now.
 */
import type { ConfigProblem } from '../config/config-problem.ts';
import type { ConfigParts, SourceParts } from '../config/config-parts.ts';
import type { SecretReference } from '../config/secret-reference.ts';
import type { TomlPath } from '../config/toml-positions.ts';
import { HoldfastError } from '../errors.ts';
import { hostGroups } from './host-policy.ts';
import { secretChecks } from './ldap-settings.ts';
import { openSource } from './open-sources.ts';
import { readRevokedKeys } from './revoked-keys.ts';

/** Of whoever runs this: of systemd, or of the environment, only the service has what a run has. */
type Judges = (reference: SecretReference) => boolean;

/** A file that was named by mistake has thousands. */
const LINES_SHOWN = 3;

const ALL: Judges = () => true;

/**
 * @param judges which secrets to read
 * @returns what is wrong, in the order of the file
 */
export function checkConfigFiles(
  { sources, hostGroups: groups = 'none', revokedKeys = 'none' }: ConfigParts,
  judges = ALL,
): ConfigProblem[] {
  return [
    ...sources.flatMap((source, index) => checkSource(source, ['source', index], judges)),
    ...problemsOf(['access', 'host_groups'], () => hostGroups(groups)),
    ...problemsOf(['policy', 'keys', 'revoked'], () => readRevokedKeys(revokedKeys)),
  ];
}

/** Certificates and filters are tried when all secrets are there: the same problem is not told twice. */
function checkSource(source: SourceParts, path: TomlPath, judges: Judges): ConfigProblem[] {
  const secrets = secretChecks(source);
  const problems = secrets
    .filter(({ reference }) => judges(reference))
    .flatMap(({ path: below, check }) => problemsOf([...path, ...below], check));
  const { whole } = source;
  if (whole === undefined || problems.length > 0 || !secrets.every(({ reference }) => judges(reference))) return problems;
  return problemsOf(path, () => openSource(whole, Date.now));
}

/** One a line of the error's text. What the text says of source and key itself is said by the path. */
function problemsOf(path: TomlPath, check: () => unknown): ConfigProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'configuration') throw error;
    const lines = error.message.split('\n');
    const more = lines.length > LINES_SHOWN ? [`and ${lines.length - LINES_SHOWN} more lines of it`] : [];
    return [...lines.slice(0, LINES_SHOWN), ...more].map((line) => ({ ...splitText(path, line), hints: error.hints }));
  }
}

const OF_SOURCE = /^source "[^"]*": (?:([a-z_]+\.[a-z_]+)(?:: | (?=is empty)))?/;

function splitText(path: TomlPath, line: string): ConfigProblem {
  const [beginning = '', key] = OF_SOURCE.exec(line) ?? [];
  if (beginning !== '')
    return { path: key === undefined ? path : [...path.slice(0, 2), ...key.split('.')], text: line.slice(beginning.length) };
  const own = `${path.join('.')}: `;
  return { path, text: line.startsWith(own) ? line.slice(own.length) : line };
}
