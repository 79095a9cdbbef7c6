/**
 * The files that a configuration names, looked at one by one: one that is missing at three in the morning is missing now.
 */
import type { ConfigParts, SourceParts } from '../config/config-parts.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import { HoldfastError } from '../errors.ts';
import type { TomlPath } from '../toml/positions.ts';
import { checkAccessMapFile, readSigningKeys } from './host-access/access-map.ts';
import { checkHostGroupFiles } from './host-access/host-groups.ts';
import { checksOf } from './sources/open-sources.ts';
import { readRevokedKeys } from './keys/revoked-keys.ts';
import type { SecretReader } from './secrets/secrets.ts';

/** A file that was named by mistake has thousands. */
const LINES_SHOWN = 3;

/** @param readers of the secrets of each source; undefined where they could not be fetched */
export function checkConfigFiles(parts: ConfigParts, readers: readonly (SecretReader | undefined)[]): ConfigProblem[] {
  return [
    ...parts.sources.flatMap((source, index) => checkSource(source, index, readers[index])),
    ...checkAccessFiles(parts),
    ...checkRuleFiles(parts),
  ];
}

/** Without them a run goes on with what was last known. */
function checkAccessFiles({ hostGroups = 'none', mapFile, mapPublicKey }: ConfigParts): ConfigProblem[] {
  const ofGroups = problemsOf(['access', 'host_groups'], () => checkHostGroupFiles(hostGroups));
  // Keys that cannot be read are told of below.
  if (checkSigningKeys(mapPublicKey).length > 0) return ofGroups;
  return [...ofGroups, ...problemsOf(['access', 'map_file'], () => checkAccessMapFile(mapFile, mapPublicKey))];
}

/** Of those without which no run starts; what a source names is that source's failure. */
export function checkRuleFiles({ mapPublicKey, revokedKeys = 'none' }: ConfigParts): ConfigProblem[] {
  return [...checkSigningKeys(mapPublicKey), ...problemsOf(['policy', 'keys', 'revoked'], () => readRevokedKeys(revokedKeys))];
}

function checkSigningKeys(reference: string | undefined): ConfigProblem[] {
  return problemsOf(['access', 'map_public_key'], () => readSigningKeys(reference));
}

/** What is wrong with a source as a whole is tried when its keys are right: the same problem is not told twice. */
function checkSource({ whole }: SourceParts, index: number, readSecret: SecretReader | undefined): ConfigProblem[] {
  const checks = whole === undefined || readSecret === undefined ? [] : checksOf(whole, readSecret);
  const run = (isWhole: boolean): ConfigProblem[] =>
    checks
      .filter(({ path }) => (path.length === 0) === isWhole)
      .flatMap(({ path, check }) => problemsOf(['source', index, ...path], check));
  const ofKeys = run(false);
  return ofKeys.length > 0 ? ofKeys : run(true);
}

/** One a line of the error's text. What the text says of the key itself is said by the path. */
function problemsOf(path: TomlPath, check: () => unknown): ConfigProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const lines = error.message.split('\n');
    const more = lines.length > LINES_SHOWN ? [`and ${lines.length - LINES_SHOWN} more lines of it`] : [];
    return [...lines.slice(0, LINES_SHOWN), ...more].map((line) => ({ ...splitText(path, line), hints: error.hints }));
  }
}

const OF_KEY = /^([a-z_]+(?:\.[a-z_]+)*)(?:: | (?=is empty))/;

function splitText(path: TomlPath, line: string): ConfigProblem {
  const [beginning = '', key = ''] = OF_KEY.exec(line) ?? [];
  if (beginning === '') return { path, text: line };
  const isOwn = path.join('.').endsWith(key);
  if (isOwn) return { path, text: line.slice(beginning.length) };
  // A source as a whole says of which of its keys it speaks.
  const isOfSource = path[0] === 'source' && path.length === 2;
  return isOfSource ? { path: [...path, ...key.split('.')], text: line.slice(beginning.length) } : { path, text: line };
}
