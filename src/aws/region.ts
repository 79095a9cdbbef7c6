/**
 * The AWS region that a run works in: the configured one, else the environment's, else the instance's own.
 */
import { HoldfastError, messageOf } from '../errors.ts';
import type { InstanceMetadata } from './instance-metadata.ts';

export interface RegionSources {
  /** `[aws] region`. */
  readonly configured: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly metadata: InstanceMetadata;
}

/** It becomes a part of host names. */
const REGION = /^[a-z][a-z0-9-]{1,62}$/;
const VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION'] as const;
const DISABLED = 'AWS_EC2_METADATA_DISABLED';
const HINTS = ['set it in the configuration: [aws] region = "eu-central-1"'];

/** @throws HoldfastError `configuration` when none is known, or the instance may not be asked; `source-unavailable` when it does not answer */
export async function resolveRegion({ configured, environment, metadata }: RegionSources): Promise<string> {
  if (configured !== undefined) return checkRegion(configured, '[aws] region');
  for (const variable of VARIABLES) {
    const value = environment[variable] ?? '';
    if (value !== '') return checkRegion(value, variable);
  }
  return checkRegion(await regionOfInstance(metadata, environment), 'the region in the instance metadata');
}

async function regionOfInstance(metadata: InstanceMetadata, environment: RegionSources['environment']): Promise<string> {
  const elsewhere = 'no AWS region: it is not configured, AWS_REGION and AWS_DEFAULT_REGION are not set';
  try {
    const region = await metadata.region();
    if (region !== undefined) return region;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // Nobody refuses a permission here: where it may not be asked, it has to be written down.
    const code = error.code === 'source-unavailable' && environment[DISABLED]?.toLowerCase() !== 'true' ? error.code : 'configuration';
    throw new HoldfastError(code, `${elsewhere}, and ${messageOf(error)}`, {
      detail: code === 'configuration' ? 'region-missing' : error.detail,
      hints: [...HINTS, ...error.hints],
      cause: error,
    });
  }
  throw new HoldfastError('configuration', `${elsewhere}, and the instance metadata has none`, { detail: 'region-missing', hints: HINTS });
}

function checkRegion(region: string, where: string): string {
  if (REGION.test(region)) return region;
  throw new HoldfastError('configuration', `${where} is ${JSON.stringify(region)}; wanted: a region such as "eu-central-1"`, {
    detail: 'region-missing',
  });
}
