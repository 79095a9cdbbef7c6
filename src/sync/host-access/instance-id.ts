/**
 * The id of the EC2 instance, for the audit: from the firmware, else from instance metadata where AWS is configured anyway.
 *
 * It does not change while the machine is up, so that it is asked for once after each boot: state may come with an image, or move to
 * another machine, and that one boots. It is a convenience: what cannot be had is absent.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { hostGroupReferences, parseHostGroupReference } from '../../config/host-group-reference.ts';
import type { Config } from '../../config/schema.ts';
import { HoldfastError } from '../../errors.ts';
import { readHostIdentity } from '../../host/host-identity.ts';
import { readStateFile, writeStateFile } from '../../state/state-file.ts';
import type { ConfiguredHost } from '../context.ts';
import { openAws } from '../sources/open-aws.ts';
import { needsParameterStore } from '../secrets/secrets.ts';

/** Milliseconds; the machine below answers in one. */
const PATIENCE = 2000;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

const instanceId = z.string().regex(/^i-[0-9a-f]{8,17}$/);
const fileSchema = z.strictObject({ version: z.literal(1), boot: z.string(), instance: instanceId });

/** @throws the signal's reason when that ended it */
export async function readInstanceId(
  { config, paths }: Pick<ConfiguredHost, 'config' | 'paths'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { instanceId: known } = readHostIdentity(paths);
  if (known !== undefined || !config.audit.enabled || !usesAws(config)) return known;
  const boot = readBootId(paths.root);
  const kept = ignoringFailure(() => readStateFile(paths.instanceId, fileSchema));
  if (kept?.boot === boot) return kept.instance;
  const instance = await askMetadata(config, signal);
  if (instance !== undefined && boot !== '') ignoringFailure(() => writeStateFile(paths.instanceId, { version: 1, boot, instance }));
  return instance;
}

/** Whether anything of the configuration makes this host ask AWS or instance metadata. */
export function usesAws({ source, access, emergency }: Pick<Config, 'source' | 'access' | 'emergency'>): boolean {
  const isOfInstance = hostGroupReferences(access.host_groups).some((text) => parseHostGroupReference(text)?.kind !== 'file');
  const isMapInS3 = access.map_file?.startsWith('s3:') === true;
  return emergency !== undefined || isOfInstance || isMapInS3 || source.some((one) => one.type === 'iam' || needsParameterStore(one));
}

async function askMetadata(config: Config, signal: AbortSignal): Promise<string | undefined> {
  try {
    using aws = openAws(config, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
    return instanceId.safeParse(await aws.metadata.instanceId()).data;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoldfastError || (error instanceof DOMException && error.name === 'TimeoutError')) return undefined;
    throw error;
  }
}

/** Empty where the kernel does not tell. */
function readBootId(root: string): string {
  try {
    return readFileSync(join(root, BOOT_ID), 'latin1').trim();
  } catch {
    // A root that is not the machine's own has no /proc: nothing is kept there.
    return '';
  }
}

function ignoringFailure<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
