/**
 * The map of access groups in a file or object of its own: reviewed text, the same for every instance.
 *
 *     version = 1
 *     serial = 7                       # more than before with each change
 *     [map]
 *     web-prod = { groups = ["web-admins"], users = ["alice"] }
 */
import { z } from 'zod';
import { readToml } from '../toml/document.ts';
import { accessMapSchema } from './access-schema.ts';
import { ConfigurationError } from './config-problem.ts';

/** A date with two digits more, 2026112301, is a fine serial; one that nobody can exceed any more is none. */
const SERIAL_MAX = 99_999_999_999;

const accessMapFile = z
  .strictObject({
    version: z.literal(1, 'is not a version this holdfast reads; wanted: 1'),
    serial: z.int().min(1).max(SERIAL_MAX).optional(),
    map: accessMapSchema,
  })
  .meta({ title: 'holdfast access map' });

export type AccessMapFile = z.output<typeof accessMapFile>;

/**
 * @param path for errors: where the text is from
 * @param isSigned then it needs a serial, without which an old signature would do for ever
 * @throws HoldfastError `configuration`, with a line for each mistake
 */
export function parseAccessMap(path: string, bytes: Buffer, { isSigned }: { readonly isSigned: boolean }): AccessMapFile {
  const check = (map: AccessMapFile | undefined): { path: string[]; text: string }[] =>
    isSigned && map !== undefined && map.serial === undefined
      ? [
          {
            path: [],
            text: 'has no serial, so that nobody could tell an old map from a new one; wanted: serial = 1, and more with each change',
          },
        ]
      : [];
  const hint = 'wanted: version = 1, serial = 1, and below [map] lines such as: web-prod = { groups = ["web-admins"], users = [] }';
  const { content, problems } = readToml({ path, bytes }, { schema: accessMapFile, check });
  if (content === undefined) throw new ConfigurationError(problems, [hint]);
  return content;
}
