/**
 * All groups with all their members: of those whose server keeps members back, the rest is asked for until it has come.
 */
import { PresenceFilter } from 'ldapts';
import type { RawGroup } from '../../directory/validate.ts';
import { SourceError } from '../source.ts';
import { rangeFrom } from './attribute-range.ts';
import type { GroupReader, ReadGroup } from './schema.ts';
import type { Searcher, SearchPass } from './search.ts';
import { serverText } from './server-text.ts';

/** @throws SourceError for a group that does not become whole */
export async function fetchGroups(
  searcher: Searcher,
  pass: SearchPass,
  reader: GroupReader,
  onGroup: (group: RawGroup) => void,
): Promise<void> {
  const parts: ReadGroup[] = [];
  await searcher.search(pass, (message) => {
    const read = reader.read(message);
    if (read.members === undefined) onGroup(read.group);
    else parts.push(read);
  });
  // Only now: a search within a search would have to share the connection.
  for (const part of parts) onGroup(await completeGroup(searcher, pass, reader, part));
}

async function completeGroup(searcher: Searcher, pass: SearchPass, reader: GroupReader, { group, members }: ReadGroup): Promise<RawGroup> {
  const memberDns = [...group.memberDns];
  if (members?.first !== 0) throw brokenOff(group.dn, memberDns.length);
  let next = members.next;
  while (next !== undefined) {
    const part = await fetchPart(searcher, pass, reader, { dn: group.dn, next });
    memberDns.push(...part.group.memberDns);
    next = part.members?.next;
  }
  return { ...group, memberDns };
}

interface Place {
  readonly dn: string;
  /** The number of the first member that is wanted. */
  readonly next: number;
}

async function fetchPart(searcher: Searcher, { pageSize }: SearchPass, reader: GroupReader, { dn, next }: Place): Promise<ReadGroup> {
  const found: ReadGroup[] = [];
  const pass: SearchPass = {
    searchBase: dn,
    scope: 'base',
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: [rangeFrom(reader.memberAttribute, next)],
    pageSize,
  };
  await searcher.search(pass, (message) => found.push(reader.read(message)));
  const [part] = found;
  // One from elsewhere would leave some out, and one that leads nowhere would be asked for again and again.
  if (part?.members?.first !== next || part.group.memberDns.length === 0) throw brokenOff(dn, next);
  if (part.members.next !== undefined && part.members.next <= next) throw brokenOff(dn, next);
  return part;
}

function brokenOff(dn: string, count: number): SourceError {
  return new SourceError(
    'source-unavailable',
    `the server gave the first ${count} members of "${serverText(dn)}" and not those behind them`,
    { detail: 'answer-limited' },
  );
}
