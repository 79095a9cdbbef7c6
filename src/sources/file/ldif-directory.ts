/**
 * People and groups of an LDIF file, told apart by their object classes and read by the attribute maps of LDAP.
 */
import { isUtf8 } from 'node:buffer';
import type { RawValue, RawValues } from '../../directory/validate.ts';
import type { LocatedProblem } from '../../toml/problem.ts';
import type { DecodedEntry } from '../ldap/entry-decoder.ts';
import { BINARY, GroupReader, type SchemaName, schemas, UserReader } from '../ldap/schema.ts';
import type { DirectoryFile, DirectoryFileReader } from './directory-file.ts';
import { type LdifEntry, type LdifValue, readLdif } from './ldif.ts';

export interface LdifSettings {
  readonly schema: SchemaName;
  readonly passwordHashes: boolean;
}

/** As the filters of the schema say it to a server; in lower case. */
interface EntryClasses {
  readonly people: readonly string[];
  readonly groups: readonly string[];
}

const CLASSES: Readonly<Record<SchemaName, EntryClasses>> = {
  rfc2307: { people: ['posixaccount'], groups: ['posixgroup'] },
  rfc2307bis: { people: ['posixaccount'], groups: ['posixgroup', 'groupofnames'] },
  ipa: { people: ['posixaccount'], groups: ['posixgroup', 'ipausergroup'] },
  ad: { people: ['user'], groups: ['group'] },
};

/** A machine is a `user` as well, in Active Directory. */
const COMPUTER = 'computer';
const NONE: RawValues = [];

export function ldifReader({ schema, passwordHashes }: LdifSettings): DirectoryFileReader {
  const { user, group, accountRules } = schemas[schema];
  const people = new UserReader(user, accountRules);
  const groups = new GroupReader(group);
  const hidden: ReadonlySet<string> = new Set(passwordHashes ? [] : [user.password.toLowerCase()]);
  return (file) => {
    const entries = readLdif(file);
    if (!isEntries(entries)) return entries;
    const sorted = sortEntries(entries, schema);
    if (sorted.unclassed.length > 0) return sorted.unclassed.map(({ line }) => withoutClass(file.path, line));
    return {
      users: sorted.people.map((entry) => people.userOf(decoded(entry, hidden))),
      groups: sorted.groups.map((entry) => groups.groupOf(decoded(entry, hidden)).group),
    } satisfies DirectoryFile;
  };
}

function isEntries(read: readonly LdifEntry[] | readonly LocatedProblem[]): read is readonly LdifEntry[] {
  return read.every((one) => 'values' in one);
}

function sortEntries(
  entries: readonly LdifEntry[],
  schema: SchemaName,
): { readonly [Kind in 'people' | 'groups' | 'unclassed']: LdifEntry[] } {
  const { people, groups } = CLASSES[schema];
  const sorted = { people: [] as LdifEntry[], groups: [] as LdifEntry[], unclassed: [] as LdifEntry[] };
  for (const entry of entries) {
    const classes = new Set(textsOf(entry, 'objectclass').map((name) => name?.toLowerCase()));
    if (classes.size === 0) sorted.unclassed.push(entry);
    else if (groups.some((name) => classes.has(name))) sorted.groups.push(entry);
    else if (people.some((name) => classes.has(name)) && isPerson(entry, classes, schema)) sorted.people.push(entry);
  }
  return sorted;
}

function isPerson({ values }: LdifEntry, classes: ReadonlySet<string | undefined>, schema: SchemaName): boolean {
  return schema !== 'ad' || (!classes.has(COMPUTER) && values.has('uidnumber'));
}

/** Without it, nobody can tell a person from a printer: an export that left it out is no directory. */
function withoutClass(file: string, line: number): LocatedProblem {
  return { file, position: { line, column: 1 }, text: 'the entry has no objectClass; wanted: an export with all attributes' };
}

function decoded(entry: LdifEntry, hidden: ReadonlySet<string>): DecodedEntry {
  return {
    dn: entry.dn,
    values: (attribute) => (hidden.has(attribute) ? NONE : textsOf(entry, attribute)),
    range: () => undefined,
  };
}

function textsOf({ values }: LdifEntry, attribute: string): RawValues {
  const found = values.get(attribute);
  if (found === undefined) return NONE;
  return found.map(BINARY.includes(attribute) ? hexOf : textOf);
}

function textOf(value: LdifValue): RawValue {
  return typeof value === 'string' || isUtf8(value) ? value.toString() : undefined;
}

function hexOf(value: LdifValue): RawValue {
  return Buffer.from(value as Buffer).toString('hex');
}
