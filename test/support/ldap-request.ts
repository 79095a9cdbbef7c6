/**
 * What an LDAP client has asked, decoded for tests to look at (RFC 4511 section 4).
 */

import { BerReader, FilterParser } from 'ldapts';
import { decodeAll, decodeInteger, type Element } from './ber.ts';

const PAGED_RESULTS = '1.2.840.113556.1.4.319';
const SASL = 0xa3;
const CONTROLS = 0xa0;

export interface RequestControl {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

interface Request {
  readonly messageId: number;
  readonly controls: readonly RequestControl[];
}

export interface BindRequest extends Request {
  readonly operation: 'bind';
  readonly dn: string;
  /** `simple`, or the SASL mechanism's name. */
  readonly method: string;
  /** The password, or the SASL credentials. */
  readonly credentials: Buffer;
}

export interface SearchRequest extends Request {
  readonly operation: 'search';
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly sizeLimit: number;
  readonly timeLimit: number;
  readonly filter: string;
  readonly rawFilter: Buffer;
  readonly attributes: readonly string[];
  readonly paging: { readonly size: number; readonly cookie: Buffer } | undefined;
}

export interface ExtendedRequest extends Request {
  readonly operation: 'extended';
  readonly oid: string;
}

export interface OtherRequest extends Request {
  readonly operation: 'unbind' | 'abandon' | 'other';
  readonly tag: number;
}

export type LdapRequest = BindRequest | SearchRequest | ExtendedRequest | OtherRequest;

export function decodeRequest(message: Element): LdapRequest {
  const [id, operation, controls] = decodeAll(message.content);
  if (id === undefined || operation === undefined) throw new Error('an LDAP message without an operation');
  const common = {
    messageId: decodeInteger(id),
    controls: controls?.tag === CONTROLS ? decodeAll(controls.content).map(decodeControl) : [],
  };
  switch (operation.tag) {
    case 0x60:
      return { ...common, operation: 'bind', ...decodeBind(operation) };
    case 0x63:
      return { ...common, operation: 'search', ...decodeSearch(operation), paging: decodePaging(common.controls) };
    case 0x77:
      return { ...common, operation: 'extended', oid: text(decodeAll(operation.content)[0]) };
    default:
      return { ...common, operation: OTHERS.get(operation.tag) ?? 'other', tag: operation.tag };
  }
}

const OTHERS: ReadonlyMap<number, OtherRequest['operation']> = new Map([
  [0x42, 'unbind'],
  [0x50, 'abandon'],
]);

function decodeControl({ content }: Element): RequestControl {
  const [oid, ...rest] = decodeAll(content);
  return {
    oid: text(oid),
    critical: rest.some(({ tag, content: value }) => tag === 0x01 && value[0] !== 0),
    value: rest.find(({ tag }) => tag === 0x04)?.content ?? Buffer.alloc(0),
  };
}

function decodeBind({ content }: Element): Pick<BindRequest, 'dn' | 'method' | 'credentials'> {
  const [, dn, authentication] = decodeAll(content);
  if (authentication === undefined) throw new Error('a bind without authentication');
  if (authentication.tag !== SASL) return { dn: text(dn), method: 'simple', credentials: authentication.content };
  const [mechanism, credentials] = decodeAll(authentication.content);
  return { dn: text(dn), method: text(mechanism), credentials: credentials?.content ?? Buffer.alloc(0) };
}

function decodeSearch({ content }: Element): Omit<SearchRequest, keyof Request | 'operation' | 'paging'> {
  const [base, scope, , sizeLimit, timeLimit, , filter, attributes] = decodeAll(content);
  if (!scope || !sizeLimit || !timeLimit || !filter || !attributes) throw new Error('a search with too little in it');
  return {
    base: text(base),
    scope: (['base', 'one', 'sub'] as const)[decodeInteger(scope)] ?? 'sub',
    sizeLimit: decodeInteger(sizeLimit),
    timeLimit: decodeInteger(timeLimit),
    filter: FilterParser.parse(new BerReader(filter.bytes)).toString(),
    rawFilter: filter.bytes,
    attributes: decodeAll(attributes.content).map(text),
  };
}

function decodePaging(controls: readonly RequestControl[]): SearchRequest['paging'] {
  const control = controls.find(({ oid }) => oid === PAGED_RESULTS);
  if (control === undefined) return undefined;
  const [size, cookie] = decodeAll(decodeAll(control.value)[0]?.content ?? Buffer.alloc(0));
  if (!size || !cookie) throw new Error('a paged-results control without size and cookie');
  return { size: decodeInteger(size), cookie: cookie.content };
}

function text(element: Element | undefined): string {
  return element?.content.toString() ?? '';
}
