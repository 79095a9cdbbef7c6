/**
 * AWS as the configuration wants it. Nothing is loaded and nobody asked before the first call.
 */
import { Aws } from '../../aws/aws.ts';
import type { Config } from '../../config/schema.ts';

/** @param signal ends every call; what is returned must be disposed of */
export function openAws({ aws }: Pick<Config, 'aws'>, signal: AbortSignal): Aws {
  return new Aws({ region: aws.region, environment: process.env, signal });
}
