/**
 * One entry, read by its DN: a search of scope base without paging, which monitor backends and Active Directory's root do not know.
 */
import { PresenceFilter, SearchRequest } from 'ldapts';
import type { MessageChannel } from './channel.ts';
import { type DecodedEntry, EntryDecoder } from './entry-decoder.ts';
import { type BerReader, malformed } from './message-reader.ts';
import { readResult } from './result-codes.ts';

/** Before those of searches, and behind those of binds. One request is answered before the next goes out. */
const MESSAGE_ID = 900;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;

/**
 * Undefined where there is no such entry, or none that this identity may see.
 *
 * @param attributes in lower case
 * @throws SourceError when the connection ends, or for an answer that is no LDAP
 */
export async function readBaseEntry(channel: MessageChannel, dn: string, attributes: readonly string[]): Promise<DecodedEntry | undefined> {
  const request = new SearchRequest({
    messageId: MESSAGE_ID,
    baseDN: dn,
    scope: 'base',
    sizeLimit: 1,
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: [...attributes],
  });
  const decoder = new EntryDecoder(attributes);
  let entry: DecodedEntry | undefined;
  await channel.exchange(MESSAGE_ID, request.write(), (message) => {
    if (message.nextTag === SEARCH_DONE) return readResult(message, SEARCH_DONE);
    entry = readEntry(message, decoder) ?? entry;
    return undefined;
  });
  return entry;
}

function readEntry(message: BerReader, decoder: EntryDecoder): DecodedEntry | undefined {
  if (message.nextTag === SEARCH_REFERENCE) return undefined;
  if (message.nextTag !== SEARCH_ENTRY) throw malformed('something else than an entry in answer to a search');
  const outer = message.enter(SEARCH_ENTRY);
  const entry = decoder.decode(message);
  message.leave(outer);
  return entry;
}
