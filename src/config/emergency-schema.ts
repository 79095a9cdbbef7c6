/**
 * `[emergency]`: the users whose keys come from S3 and not from the directory.
 */
import { z } from 'zod';
import { type LoginName, parseFile } from '../directory/names.ts';
import { parseS3Location } from '../directory/s3-location.ts';
import { parsed } from '../toml/parsed.ts';
import { keyOptions, loginName } from './schema-values.ts';

const s3Object = z.string().refine((text) => parseS3Location(text) !== undefined, 'is no object such as "s3://bucket/key"');

export const emergency = z.strictObject({
  users: z
    .array(loginName)
    .min(1)
    .default(['emergency' as LoginName])
    .meta({ description: 'local accounts, each with all of these keys and no others' }),
  objects: z.array(s3Object).min(1).max(16).meta({ description: 'where their keys are: one public key a line' }),
  options: keyOptions,
  file: parsed(parseFile, 'absolute path').prefault('/etc/ssh/emergency_authorized_keys'),
  max_keys: z.int().min(1).max(1000).default(100).meta({ description: 'of one object; one with more is refused as a whole' }),
  max_removed_percent: z
    .number()
    .min(0)
    .max(100)
    .default(50)
    .meta({ description: 'of the keys of one object within a day; what exceeds it is held, and so is the last key' }),
});
