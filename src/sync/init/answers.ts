/**
 * What a first configuration has to be told: by options, by what lies where the manual says, or by whoever sits at the terminal.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';
import type { SchemaName } from '../../sources/ldap/schema.ts';

/** As they were given; files are absolute. */
export interface InitOptions {
  readonly uris?: readonly string[] | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly tls?: 'starttls' | 'off' | undefined;
  readonly serverName?: string | undefined;
  readonly bind?: 'external' | 'simple' | 'anonymous' | undefined;
  readonly bindDn?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly base?: string | undefined;
  readonly schema?: SchemaName | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly everyone?: boolean | undefined;
}

/** Asks a person. */
export type Ask = (question: string) => Promise<string>;

/** Undefined where there is no terminal, and so nobody to ask. */
export type MaybeAsk = Ask | undefined;

/** How to reach the directory. */
export interface Connecting {
  readonly uris: readonly string[];
  readonly tls: {
    readonly mode?: 'starttls' | 'off';
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly server_name?: string;
  };
  readonly bind:
    | { readonly method: 'external' | 'anonymous' }
    | { readonly method: 'simple'; readonly dn: string; readonly password: string };
}

export type Access = { readonly everyone: true } | { readonly groups: readonly string[] };

const TLS_FOLDER = 'etc/holdfast/tls';
const ANSWERS_MAX = 3;
const GROUPS_NAMED = 8;

/** @throws HoldfastError `usage` when something is missing, and nobody is there to ask */
export async function askForConnection(options: InitOptions, root: string, ask: MaybeAsk): Promise<Connecting> {
  const uris = (options.uris ?? words(await answer(ask, 'URI of the directory, such as ldaps://ldap-1.example.org', '--uri'))).map(
    withScheme,
  );
  const isPlain = uris.some((uri) => uri.startsWith('ldap://'));
  const mode = options.tls ?? (isPlain ? 'starttls' : undefined);
  const files = mode === 'off' ? {} : tlsFiles(options, root);
  return {
    uris,
    tls: {
      ...(mode === undefined ? {} : { mode }),
      ...files,
      ...(options.serverName === undefined ? {} : { server_name: options.serverName }),
    },
    bind: await askForBind(options, files.cert !== undefined, ask),
  };
}

/** Those that were named, and else those that lie where the manual has them. */
function tlsFiles({ ca, cert, key }: InitOptions, root: string): { readonly ca?: string; readonly cert?: string; readonly key?: string } {
  const found = (name: string): string | undefined => {
    const path = join(root, TLS_FOLDER, name);
    return existsSync(path) ? path : undefined;
  };
  const isNamed = cert !== undefined || key !== undefined;
  const [ownCa, ownCert, ownKey] = [ca ?? found('ca.pem'), isNamed ? cert : found('client.crt'), isNamed ? key : found('client.key')];
  return {
    ...(ownCa === undefined ? {} : { ca: `file:${ownCa}` }),
    ...(ownCert === undefined ? {} : { cert: `file:${ownCert}` }),
    ...(ownKey === undefined ? {} : { key: `file:${ownKey}` }),
  };
}

async function askForBind(
  { bind, bindDn, passwordFile }: InitOptions,
  hasCertificate: boolean,
  ask: MaybeAsk,
): Promise<Connecting['bind']> {
  const method = bind ?? (bindDn === undefined ? undefined : 'simple') ?? (hasCertificate ? 'external' : undefined);
  if (method === 'external' || method === 'anonymous') return { method };
  const dn =
    bindDn ??
    (await answer(
      ask,
      'DN to bind as; empty for an anonymous bind',
      method === 'simple' ? '--bind-dn' : '--cert and --key, or --bind',
      'may be empty',
    ));
  if (dn === '') return { method: 'anonymous' };
  const file = passwordFile ?? (await answer(ask, 'file with its password (root, 0600)', '--password-file'));
  return { method: 'simple', dn, password: `file:${file}` };
}

/** @throws HoldfastError `usage` */
export async function chooseBase(
  { base }: InitOptions,
  contexts: readonly string[],
  defaultContext: string | undefined,
  ask: MaybeAsk,
): Promise<string> {
  if (base !== undefined) return base;
  const [only, ...others] = contexts;
  const known = defaultContext ?? (others.length === 0 ? only : undefined);
  if (known !== undefined) return known;
  const list = contexts.length === 0 ? 'the server names none' : `the server has ${contexts.map((dn) => printable(dn)).join(' | ')}`;
  return await answer(ask, `search base (${list})`, '--base');
}

/** @param known groups of the directory, to be named as examples @throws HoldfastError `usage` */
export async function askForAccess({ groups, everyone }: InitOptions, ask: MaybeAsk, known: readonly string[]): Promise<Access> {
  if (everyone === true) return { everyone };
  if (groups !== undefined) return { groups };
  const some = known.length === 0 ? '' : `, such as ${known.slice(0, GROUPS_NAMED).join(', ')}`;
  const named = words(await answer(ask, `groups that may log in here${some}; * for everybody`, '--access-group or --everyone'));
  return named.includes('*') ? { everyone: true } : { groups: named };
}

async function answer(
  ask: MaybeAsk,
  question: string,
  option: string,
  emptiness: 'may be empty' | 'is no answer' = 'is no answer',
): Promise<string> {
  if (ask === undefined) throw missing(option);
  for (let tries = 0; tries < ANSWERS_MAX; tries += 1) {
    const text = (await ask(question)).trim();
    if (text !== '' || emptiness === 'may be empty') return text;
  }
  throw missing(option);
}

function missing(option: string): HoldfastError {
  return new HoldfastError('usage', `init: ${option} is missing, and there is no terminal to ask at`, {
    hints: [
      'holdfast init --uri ldaps://ldap-1.example.org --ca /etc/holdfast/tls/ca.pem --cert /etc/holdfast/tls/client.crt --key /etc/holdfast/tls/client.key --access-group web-prod',
    ],
  });
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** TLS unless it is said otherwise. */
function withScheme(uri: string): string {
  return uri.includes('://') ? uri : `ldaps://${uri}`;
}
