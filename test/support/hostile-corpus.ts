/**
 * The cases of test/corpus as LDAP entries. Its README says what a file may hold.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import type { Entry } from './ldap-response.ts';

const CORPUS = join(import.meta.dirname, '../corpus');

const value = z.union([
  z.string(),
  z.strictObject({ hex: z.string() }).transform(({ hex }) => Buffer.from(hex, 'hex')),
  z.strictObject({ repeat: z.string(), times: z.number() }).transform(({ repeat, times }) => repeat.repeat(times)),
  z
    .strictObject({ each: z.string(), times: z.number() })
    .transform(({ each, times }) => Array.from({ length: times }, (_, index) => each.replace('{n}', String(index)))),
]);
const values = z.union([value.transform((one) => [one].flat()), z.array(value).transform((some) => some.flat())]);
const attributes = z.record(z.string(), values);
const numbers = z.record(z.string(), z.number()).default({});

const caseSchema = z.strictObject({
  what: z.string(),
  lines: z.array(z.string()).default([]),
  findings: z.array(z.string()).default([]),
  keys: z.number().default(0),
  incumbents: z
    .strictObject({ users: numbers, groups: numbers, listed: z.record(z.string(), z.array(z.string())).default({}) })
    .prefault({}),
  together: z.boolean().default(true),
  person: z.array(attributes).default([]),
  group: z.array(attributes).default([]),
});

type RawCase = z.infer<typeof caseSchema>;

export interface HostileCase extends Omit<RawCase, 'person' | 'group'> {
  readonly file: string;
  readonly people: readonly Entry[];
  readonly groups: readonly Entry[];
}

/** Good entries, which no other entry may harm. */
export const GOOD_PEOPLE: readonly Entry[] = [
  person({ uid: ['alice'], uidNumber: ['2001'] }),
  person({ uid: ['bob'], uidNumber: ['2002'] }),
].map((entry, index) => ({ ...entry, dn: `uid=${['alice', 'bob'][index]},ou=people,dc=example,dc=org` }));
export const GOOD_GROUPS: readonly Entry[] = [
  group({ cn: ['everybody'], gidNumber: ['3001'] }),
  group({ cn: ['web'], gidNumber: ['3002'], memberUid: ['alice'] }),
];
/** What the caches show of them. */
export const GOOD_LINES: readonly string[] = [
  'alice:x:2001:3001::/home/x:/bin/bash',
  'bob:x:2002:3001::/home/x:/bin/bash',
  'everybody:x:3001:',
  'web:x:3002:alice',
];

export function readCorpus(): HostileCase[] {
  let number = 0;
  return readdirSync(CORPUS)
    .filter((name) => name.endsWith('.toml'))
    .sort()
    .flatMap((file) => {
      const { case: cases } = z.strictObject({ case: z.array(caseSchema) }).parse(parse(readFileSync(join(CORPUS, file), 'utf8')));
      return cases.map(({ person: people, group: groups, ...others }) => ({
        ...others,
        file,
        people: people.map((one) => person({ uidNumber: [String(20_000 - (number += 1))], ...one })),
        groups: groups.map((one) => group({ gidNumber: [String(50_000 + (number += 1))], ...one })),
      }));
    });
}

type Attributes = Readonly<Record<string, readonly (string | Buffer)[]>>;

function person({ dn, ...given }: Attributes): Entry {
  return { dn: dnOf(dn, 'uid=entry,ou=people'), attributes: { gidNumber: ['3001'], homeDirectory: ['/home/x'], ...given } };
}

function group({ dn, ...given }: Attributes): Entry {
  return { dn: dnOf(dn, 'cn=entry,ou=group'), attributes: given };
}

/** @param given what is in front of the search base */
function dnOf(given: Attributes[string] | undefined, usual: string): string {
  return `${given?.[0]?.toString() ?? `${usual},`}dc=example,dc=org`;
}
