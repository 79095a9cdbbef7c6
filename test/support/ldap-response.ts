/**
 * What an LDAP server may answer, as bytes, right or wrong (RFC 4511 section 4, RFC 2696).
 */

import { encode, encodeInteger, encodeLength, tag } from './ber.ts';

const PAGED_RESULTS = '1.2.840.113556.1.4.319';
const NOTICE_OF_DISCONNECTION = '1.3.6.1.4.1.1466.20036';

/** An operation on its way to a client; the server puts it into a message with the id of the request. */
export interface Response {
  readonly operation: Buffer;
  readonly controls?: Buffer;
  /** Instead of the request's. */
  readonly messageId?: number;
}

export interface Entry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
}

export interface Result {
  /** Default 0, success. */
  readonly code?: number;
  readonly matchedDn?: string;
  readonly diagnostic?: string;
  readonly referrals?: readonly string[];
}

export interface SearchResult extends Result {
  /** The paged-results control's cookie, empty after the last page. Without it, the answer has no such control. */
  readonly cookie?: Buffer | string;
}

export function bindResponse(result: Result = {}): Response {
  return { operation: encode(0x61, ...resultFields(result)) };
}

export function searchEntry({ dn, attributes }: Entry): Response {
  const list = Object.entries(attributes).map(([name, values]) => {
    const set = encode(tag.set, ...values.map((value) => encode(tag.octetString, value)));
    return encode(tag.sequence, encode(tag.octetString, name), set);
  });
  return { operation: encode(0x64, encode(tag.octetString, dn), encode(tag.sequence, ...list)) };
}

export function searchReference(...uris: readonly string[]): Response {
  return { operation: encode(0x73, ...uris.map((uri) => encode(tag.octetString, uri))) };
}

export function searchDone({ cookie, ...result }: SearchResult = {}): Response {
  const operation = encode(0x65, ...resultFields(result));
  return cookie === undefined ? { operation } : { operation, controls: encode(0xa0, pagedResults(cookie)) };
}

export function extendedResponse(result: Result = {}): Response {
  return { operation: encode(0x78, ...resultFields(result)) };
}

/** A result of another operation: `compareResponse` in answer to a search, say. */
export function compareResponse(result: Result = {}): Response {
  return { operation: encode(0x6f, ...resultFields(result)) };
}

/** RFC 4511 section 4.4.1: unsolicited, so in message 0. Servers then close the connection. */
export function noticeOfDisconnection(result: Result): Response {
  return { messageId: 0, operation: encode(0x78, ...resultFields(result), encode(0x8a, NOTICE_OF_DISCONNECTION)) };
}

/** A response as it goes over the wire. */
export function encodeMessage(requestId: number, { operation, controls, messageId = requestId }: Response): Buffer {
  return encode(tag.sequence, encodeInteger(messageId), operation, ...(controls ? [controls] : []));
}

/** The first bytes of a message that claims to be this long. */
export function oversizedMessage(length: number): Buffer {
  return Buffer.concat([Buffer.from([tag.sequence]), encodeLength(length)]);
}

function resultFields({ code = 0, matchedDn = '', diagnostic = '', referrals = [] }: Result): Buffer[] {
  const fields = [encodeInteger(code, tag.enumerated), encode(tag.octetString, matchedDn), encode(tag.octetString, diagnostic)];
  if (referrals.length === 0) return fields;
  return [...fields, encode(0xa3, ...referrals.map((uri) => encode(tag.octetString, uri)))];
}

function pagedResults(cookie: Buffer | string): Buffer {
  const value = encode(tag.sequence, encodeInteger(0), encode(tag.octetString, cookie));
  return encode(tag.sequence, encode(tag.octetString, PAGED_RESULTS), encode(tag.octetString, value));
}
