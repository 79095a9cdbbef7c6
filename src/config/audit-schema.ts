/**
 * `[audit]`: whether and where it is written down who got and lost what on this host.
 */
import { z } from 'zod';

export const auditSchema = z.strictObject({
  enabled: z.boolean().default(true),
  path: z
    .string()
    .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[\x21-\x2e\x30-\x7e]+){2,}$/, 'is no absolute path of a file in a folder of its own')
    .default('/var/log/holdfast/audit.jsonl')
    .meta({ description: 'file that lines are appended to; older ones are beside it as .1, .2, …' }),
  max_size: z.int().min(65_536).default(10_485_760).meta({ description: 'bytes, after which a new file is begun' }),
  keep: z.int().min(1).max(1000).default(10).meta({ description: 'older files that are kept' }),
});
