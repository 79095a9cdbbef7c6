/**
 * Where the access groups of a host and their map come from, when that is no file: its instance metadata, and S3.
 */
import type { Aws } from '../../aws/aws.ts';
import { AwsNotFound } from '../../aws/call-failure.ts';
import { getObject } from '../../aws/s3-object.ts';
import type { Config } from '../../config/schema.ts';
import { once } from '../../directory/once.ts';
import { parseS3Location } from '../../directory/s3-location.ts';
import { HoldfastError } from '../../errors.ts';
import { type FoundMap, MAP_MAX_BYTES } from './access-map.ts';
import { openAws } from '../sources/open-aws.ts';
import type { HostAccessSources } from './read-host-access.ts';

/** One of Ed25519 has some 300 characters. */
const SIGNATURE_MAX_BYTES = 4096;

/** Nothing is loaded and nobody asked before it is needed. @param signal ends every call */
export function hostAccessSources(config: Pick<Config, 'aws'>, signal: AbortSignal): HostAccessSources {
  const open = once(() => openAws(config, signal));
  return {
    openMetadata: () => open().metadata,
    fetchMap: async (reference, isSigned) => {
      // Closes the connections, so that the process can end; the metadata keeps none.
      using aws = open();
      const [bytes, signature] = await Promise.all([
        fetchObject(aws, reference, MAP_MAX_BYTES),
        isSigned ? fetchObject(aws, `${reference}.sig`, SIGNATURE_MAX_BYTES) : undefined,
      ]);
      if (bytes === undefined) throw new HoldfastError('source-unavailable', 'there is no such object', { detail: 'object-missing' });
      return foundMap(bytes, signature);
    },
  };
}

function foundMap(bytes: Buffer, signature: Buffer | undefined): FoundMap {
  return { bytes, ...(signature === undefined ? {} : { signature: signature.toString('latin1') }) };
}

async function fetchObject(aws: Aws, reference: string, maxBytes: number): Promise<Buffer | undefined> {
  const location = parseS3Location(reference);
  if (location === undefined) throw new Error(`"${reference}" is no object`);
  try {
    const object = await getObject(aws, { ...location, maxBytes });
    return object === 'unchanged' ? undefined : object.bytes;
  } catch (error) {
    if (error instanceof AwsNotFound) return undefined;
    throw error;
  }
}
