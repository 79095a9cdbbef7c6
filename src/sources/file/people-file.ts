/**
 * People and groups in a TOML file of our own format: `[[user]]` and `[[group]]`.
 *
 * Strict, since somebody wrote it by hand: a mistake refuses the whole file, and all mistakes are said at once.
 */
import { TomlDate } from 'smol-toml';
import { z } from 'zod';
import { parseAuthorizedKey } from '../../directory/authorized-key.ts';
import { parseGid, parseGroupName, parseHome, parseLoginName, parseShell, parseUid } from '../../directory/names.ts';
import { Invalid } from '../../directory/rejection.ts';
import { cryptHash } from '../../directory/shadow.ts';
import { safeText } from '../../directory/text.ts';
import type { RawGroup, RawUser, RawValues } from '../../directory/validate.ts';
import { readToml } from '../../toml/document.ts';
import { parsed } from '../../toml/parsed.ts';
import type { TomlProblem } from '../../toml/problem.ts';
import type { DirectoryFileReader } from './directory-file.ts';

/** As `validate.ts` cuts them; here nothing is cut. */
const GECOS_MAX_LENGTH = 128;
const KEYS_MAX = 100;
const ID_MAX_LENGTH = 256;

/** The text itself, which is parsed once more at the border where every source's entries are. */
function text(parse: (text: string) => unknown): z.ZodType<string, string> {
  return parsed((value) => {
    const result = parse(value);
    return result instanceof Invalid ? result : value;
  }, 'text');
}

function number(parse: (text: string) => unknown): z.ZodType<string, number> {
  return z.int().transform((value, context) => {
    const result = parse(String(value));
    if (result instanceof Invalid) context.addIssue({ code: 'custom', message: `is no id of an account: ${result.reason}`, input: value });
    return String(value);
  });
}

const id = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'has a space or another character that an id cannot have')
  .max(ID_MAX_LENGTH)
  .optional();

const user = z.strictObject({
  name: text(parseLoginName),
  uid: number(parseUid),
  gid: number(parseGid),
  gecos: z
    .string()
    .refine(
      (value) => safeText(value, GECOS_MAX_LENGTH) === value,
      `has a ":", a control character, or more than ${GECOS_MAX_LENGTH} characters`,
    )
    .default(''),
  home: text(parseHome).optional(),
  shell: text(parseShell).optional(),
  keys: z.array(text(parseAuthorizedKey)).max(KEYS_MAX).default([]),
  expires: z.date().transform(timeOf).optional(),
  password_hash: z
    .string()
    .refine((hash) => cryptHash(`{CRYPT}${hash}`) !== undefined, 'is no hash of crypt(5), such as "$y$…" or "$6$…"')
    .optional(),
  id,
});

const group = z.strictObject({
  name: text(parseGroupName),
  gid: number(parseGid).optional(),
  members: z.array(text(parseLoginName)).default([]),
  groups: z.array(text(parseGroupName)).default([]),
  id,
});

const peopleFile = z.strictObject({ user: z.array(user).default([]), group: z.array(group).default([]) });
type PeopleFile = z.output<typeof peopleFile>;

/** As GeneralizedTime: a date is its first moment in UTC, as an end in shadow(5) is. */
function timeOf(value: Date, context: z.RefinementCtx<Date>): string {
  const isTime = value instanceof TomlDate && !value.isDate() && (value.isLocal() || value.isTime());
  if (isTime) {
    context.addIssue({ code: 'custom', message: 'says no time zone; wanted: 2026-12-31, or 2026-12-31T18:00:00Z', input: value });
    return z.NEVER;
  }
  return new Date(value.getTime()).toISOString().replaceAll(/[-:T]|\.[0-9]+/g, '');
}

export function peopleFileReader({ passwordHashes }: { readonly passwordHashes: boolean }): DirectoryFileReader {
  return (file) => {
    const read = readToml(file, { schema: peopleFile, check: (content) => checkFile(content, passwordHashes) });
    if (!('content' in read)) return read;
    return { users: read.content.user.map(rawUser), groups: read.content.group.map(rawGroup) };
  };
}

function checkFile({ user: users, group: groups }: PeopleFile, passwordHashes: boolean): TomlProblem[] {
  return [
    ...findRepeated(
      'user',
      'name',
      users.map(({ name }) => name),
    ),
    ...findRepeated(
      'user',
      'uid',
      users.map(({ uid }) => uid),
    ),
    ...findRepeated(
      'user',
      'id',
      users.map((one) => one.id ?? one.name),
    ),
    ...findRepeated(
      'group',
      'name',
      groups.map(({ name }) => name),
    ),
    ...findRepeated(
      'group',
      'gid',
      groups.map(({ gid }) => gid),
    ),
    ...findRepeated(
      'group',
      'id',
      groups.map((one) => one.id ?? one.name),
    ),
    ...(passwordHashes ? [] : users.flatMap(findHash)),
  ];
}

function findRepeated(table: string, key: string, values: readonly (string | undefined)[]): TomlProblem[] {
  const first = new Map<string, number>();
  return values.flatMap((value, index) => {
    if (value === undefined) return [];
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, index);
    return earlier === undefined
      ? []
      : [{ path: [table, index, key], text: `"${value}" is that of ${table}[${earlier}], too; wanted: another` }];
  });
}

/** Ignored without a word it would be a password that somebody relies on. */
function findHash({ password_hash: hash }: PeopleFile['user'][number], index: number): TomlProblem[] {
  if (hash === undefined) return [];
  return [
    { path: ['user', index, 'password_hash'], text: 'counts only with password_hashes = true in the [[source]]; wanted: that, or no hash' },
  ];
}

function rawUser({ name, uid, gid, gecos, home, shell, keys, expires, password_hash: hash, id: own }: PeopleFile['user'][number]): RawUser {
  return {
    dn: `uid=${name}`,
    id: [own ?? name],
    name: [name],
    nameType: 'uid',
    uid: [uid],
    gid: [gid],
    gecos: [gecos],
    home: listOf(home),
    shell: listOf(shell),
    password: hash === undefined ? [] : [`{CRYPT}${hash}`],
    aging: { lastChange: [], min: [], max: [], warning: [], inactive: [], expire: [], flag: [] },
    keys,
    ...(expires === undefined ? {} : { account: { expires: [expires] } }),
  };
}

function rawGroup({ name, gid, members, groups, id: own }: PeopleFile['group'][number]): RawGroup {
  return {
    dn: `cn=${name}`,
    id: [own ?? name],
    name: [name],
    nameType: 'cn',
    gid: listOf(gid),
    memberNames: members,
    memberDns: [],
    groupNames: groups,
  };
}

function listOf(value: string | undefined): RawValues {
  return value === undefined ? [] : [value];
}
