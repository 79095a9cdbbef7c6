/**
 * `[metrics]`: where numbers for Prometheus are left, for the textfile collector of its node_exporter.
 */
import { z } from 'zod';

export const metricsSchema = z.strictObject({
  textfile: z
    .string()
    .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[\x21-\x2e\x30-\x7e]+){2,}$/, 'is no absolute path of a file in a folder')
    .regex(/[^/]\.prom$/, 'does not end in ".prom", and node_exporter reads no other file')
    .optional()
    .meta({ description: 'file that each run leaves its metrics in, in the folder of node_exporter --collector.textfile.directory' }),
});
