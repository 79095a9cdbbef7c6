/**
 * The access groups of this host, read where `access.host_groups` says, or as they were last known.
 *
 * A tag that cannot be read, is gone or makes no sense leaves this host as it was, as a directory does that is down: whoever can
 * block the instance metadata, or take a tag away, changes nothing by it. To take a host out of its groups, say "none".
 */
import type { InstanceMetadata } from '../../aws/instance-metadata.ts';
import { faultOfOwner } from '../../config/file-owner.ts';
import { type HostGroupReference, hostGroupReferences, parseHostGroupReference } from '../../config/host-group-reference.ts';
import { readRegularFile } from '../../config/regular-file.ts';
import { NO_ACCESS_GROUP, parseAccessGroupLines, parseAccessGroups } from '../../directory/access-groups.ts';
import type { GroupName } from '../../directory/names.ts';
import { Invalid } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';
import { readMachineIdentity } from '../../host/machine-identity.ts';
import { findInUserData } from '../../host/user-data.ts';
import { type KnownGroups, readKnownGroups, writeKnownGroups } from '../../state/host-groups.ts';
import type { ConfiguredHost } from '../context.ts';
import type { HostGroupReading } from './host-access.ts';

/** The same at each call: it has one token for all of them. */
export type MetadataOpener = () => InstanceMetadata;

/** Asks the instance metadata once for each reference, and not at all where none needs it. @throws the signal's reason when that ended it */
export async function readHostGroups(context: ConfiguredHost, openMetadata: MetadataOpener): Promise<HostGroupReading[]> {
  const known = knownGroups(context);
  const readings: HostGroupReading[] = [];
  for (const reference of hostGroupReferences(context.config.access.host_groups)) {
    const last = known.find((one) => one.reference === reference);
    readings.push(await readOne(reference, last, openMetadata, context.now()));
  }
  return readings;
}

/** Without a network: files are read, and of the others the last known counts. */
export function recallHostGroups(context: ConfiguredHost): HostGroupReading[] {
  const known = knownGroups(context);
  return hostGroupReferences(context.config.access.host_groups).map((reference) => {
    const last = known.find((one) => one.reference === reference);
    const path = fileOf(reference);
    if (path === undefined) return { reference, ...pick(last) };
    return attempt(reference, last, () => fresh(reference, readGroupsFile(path), last, context.now()));
  });
}

export function keepHostGroups({ paths }: ConfiguredHost, readings: readonly HostGroupReading[]): void {
  const known = readings.flatMap(({ reference, groups, since }): KnownGroups[] =>
    groups === undefined || since === undefined ? [] : [{ reference, groups, since }],
  );
  writeKnownGroups(paths.hostGroups, readMachineIdentity(paths.root), known);
}

/** What `config check` looks at: the files. @throws HoldfastError `configuration` */
export function checkHostGroupFiles(configured: string | readonly string[]): void {
  for (const path of hostGroupReferences(configured).map(fileOf)) if (path !== undefined) readGroupsFile(path);
}

/** Nothing is read where no access groups are configured. */
function knownGroups({ config, paths }: ConfiguredHost): readonly KnownGroups[] {
  if (hostGroupReferences(config.access.host_groups).length === 0) return [];
  return readKnownGroups(paths.hostGroups, readMachineIdentity(paths.root));
}

async function readOne(text: string, last: KnownGroups | undefined, openMetadata: MetadataOpener, now: Date): Promise<HostGroupReading> {
  const reference = parseHostGroupReference(text);
  if (reference === undefined) throw new Error(`"${text}" is no reference`);
  try {
    return fresh(text, await readGroups(reference, openMetadata), last, now);
  } catch (error) {
    return fallBack(text, last, error);
  }
}

async function readGroups(reference: HostGroupReference, openMetadata: MetadataOpener): Promise<readonly GroupName[]> {
  switch (reference.kind) {
    case 'file':
      return readGroupsFile(reference.path);
    case 'imds-tag':
      return await readTag(openMetadata(), reference.tag);
    case 'user-data':
      return await readUserData(openMetadata(), reference.key);
  }
}

async function readTag(metadata: InstanceMetadata, tag: string): Promise<readonly GroupName[]> {
  const text = await metadata.tag(tag);
  if (text !== undefined) return groupsIn(text, `the tag "${tag}"`);
  const isShown = (await metadata.get('meta-data/tags/instance')) !== undefined;
  throw isShown
    ? unavailable(
        `the instance has no tag "${tag}"`,
        `give it the tag, "${NO_ACCESS_GROUP}" for no groups: aws ec2 create-tags --resources ID --tags "Key=${tag},Value=…"`,
      )
    : unavailable(
        'the instance metadata shows no tags',
        'aws ec2 modify-instance-metadata-options --instance-id ID --instance-metadata-tags enabled',
      );
}

async function readUserData(metadata: InstanceMetadata, key: string): Promise<readonly GroupName[]> {
  const bytes = await metadata.userDataBytes();
  const text = bytes === undefined ? undefined : findInUserData(bytes, key);
  if (text instanceof Invalid) throw unavailable(`the user data ${text.reason}`);
  const hint = `wanted: a line "# holdfast: ${key} = NAME" in it`;
  if (bytes === undefined) throw unavailable('the instance has no user data', hint);
  if (text === undefined) throw unavailable(`the user data has no line "# holdfast: ${key} = …"`, hint);
  return groupsIn(text, `the line "# holdfast: ${key}" of the user data`);
}

function groupsIn(text: string, what: string): readonly GroupName[] {
  const groups = parseAccessGroups(text);
  if (groups instanceof Invalid) throw unavailable(`${what}: ${groups.reason}`);
  return groups;
}

/** Who may write it decides who may log in. */
function readGroupsFile(path: string): readonly GroupName[] {
  const { bytes, stats } = readRegularFile(path, 'access.host_groups');
  const fault = faultOfOwner(stats, 'write');
  if (fault !== undefined)
    throw new HoldfastError('configuration', `access.host_groups: "${path}" ${fault}`, { detail: 'file-permissions' });
  const groups = parseAccessGroupLines(path, bytes.toString('utf8'));
  if (groups instanceof Invalid) throw new HoldfastError('configuration', groups.reason);
  return groups;
}

function fileOf(reference: string): string | undefined {
  const parsed = parseHostGroupReference(reference);
  return parsed?.kind === 'file' ? parsed.path : undefined;
}

function attempt(reference: string, last: KnownGroups | undefined, read: () => HostGroupReading): HostGroupReading {
  try {
    return read();
  } catch (error) {
    return fallBack(reference, last, error);
  }
}

/** What is no failure of the reading is a bug, or the end of the run. */
function fallBack(reference: string, last: KnownGroups | undefined, error: unknown): HostGroupReading {
  if (!(error instanceof HoldfastError) || error.code === 'cache-failed') throw error;
  return { reference, ...pick(last), failure: error };
}

function fresh(reference: string, groups: readonly GroupName[], last: KnownGroups | undefined, now: Date): HostGroupReading {
  if (last !== undefined && last.groups.join() === groups.join()) return { reference, groups, since: last.since };
  return {
    reference,
    groups,
    since: now.toISOString(),
    ...(last === undefined ? {} : { before: { groups: last.groups, since: last.since } }),
  };
}

function pick(last: KnownGroups | undefined): Pick<HostGroupReading, 'groups' | 'since'> {
  return last === undefined ? {} : { groups: last.groups, since: last.since };
}

function unavailable(text: string, ...hints: readonly string[]): HoldfastError {
  return new HoldfastError('source-unavailable', text, { detail: 'host-groups-unknown', hints });
}
