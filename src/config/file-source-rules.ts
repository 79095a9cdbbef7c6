/**
 * Rules between the settings of a file that is a source.
 */
import { quote } from '../directory/rejection.ts';
import type { ConfigProblem } from './config-problem.ts';
import { type FileSourceConfig, formatOf } from './file-source-schema.ts';

/** Their paths are below the source. */
export function checkFileSource(source: FileSourceConfig): ConfigProblem[] {
  const format = formatOf(source);
  if (format === undefined) {
    return [{ path: ['format'], text: `is missing, and ${quote(source.path)} ends in neither; wanted: "toml" or "ldif"` }];
  }
  if (format === 'ldif' || source.schema === undefined) return [];
  return [{ path: ['schema'], text: 'is for LDIF, and the format of this file is "toml"; wanted: one without the other' }];
}
