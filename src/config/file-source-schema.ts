/**
 * A `[[source]]` of type "file".
 */
import { z } from 'zod';
import { checked } from '../toml/parsed.ts';
import { ldapSchemaName, sourceName } from './schema-values.ts';

const absolutePath = checked(
  (text) => (text.startsWith('/') && !text.includes('\0') ? text : undefined),
  'an absolute path such as "/etc/holdfast/break-glass.toml"',
  'absolute path',
);

export const fileSource = z.strictObject({
  name: sourceName,
  type: z.literal('file'),
  path: absolutePath,
  format: z.enum(['toml', 'ldif']).optional().meta({ description: 'default: by the ending of `path`' }),
  schema: ldapSchemaName.optional().meta({ description: 'attribute maps, for LDIF; default: "rfc2307"' }),
  password_hashes: z
    .boolean()
    .default(false)
    .meta({ description: 'put crypt(3) hashes of the file into shadow.cache; nobody but root may read it then' }),
});

export type FileSourceConfig = z.output<typeof fileSource>;
export type FileFormat = NonNullable<FileSourceConfig['format']>;

/** Undefined when neither the key nor the ending says it. */
export function formatOf({ format, path }: Pick<FileSourceConfig, 'format' | 'path'>): FileFormat | undefined {
  if (format !== undefined) return format;
  return (['toml', 'ldif'] as const).find((ending) => path.toLowerCase().endsWith(`.${ending}`));
}
