/**
 * The single values of the configuration, as texts that one of our parsers reads: names, paths, times, references.
 */
import { z } from 'zod';
import { DAY } from '../directory/day.ts';
import { type GroupName, type HostPath, type LoginName, parseGroupName, parseLoginName, parseShell } from '../directory/names.ts';
import { RESTRICTING_OPTIONS } from '../directory/key-options.ts';
import { checked, parsed } from '../toml/parsed.ts';
import { parseDuration } from './duration.ts';
import { parseSecretReference } from './secret-reference.ts';

export const loginName = parsed<LoginName>(parseLoginName, 'login name');
export const groupName = parsed<GroupName>(parseGroupName, 'group name');
export const shell = parsed<HostPath>(parseShell, 'absolute path of a shell');
export const duration = checked(parseDuration, 'a duration such as "10s", "5m", "1h", "7d" or "0"', 'duration');
/** As ages are counted: a key is first seen on a day, not at a second. */
export const days = checked(
  (text) => {
    const milliseconds = parseDuration(text);
    return milliseconds === undefined || milliseconds % DAY !== 0 ? undefined : milliseconds;
  },
  'a number of days such as "90d", or "0"',
  'duration in days',
);
/** A wait: not over before it began, and not longer than anybody would watch. */
export const timeout = checked(
  (text) => {
    const milliseconds = parseDuration(text);
    return milliseconds === undefined || milliseconds < 100 || milliseconds > DAY ? undefined : milliseconds;
  },
  'a duration from "1s" to "1d"',
  'duration, at most a day',
);
export const secret = checked(
  parseSecretReference,
  'a reference: "file:/absolute/path", "credential:name", "env:NAME" or "ssm:/parameter[:version]"',
  'where to read it: file:, credential:, env: or ssm:',
);

/** Part of the names of files in the state folder. */
export const sourceName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'is no name of a source: a-z 0-9 _ -, at most 32');

/** Attribute maps. */
export const ldapSchemaName = z.enum(['rfc2307', 'rfc2307bis', 'ipa', 'ad']);

const ID_MAX = 4_294_967_294;
/** A uid or gid. */
export const id = z.int().min(1).max(ID_MAX);
export const idRange = z
  .tuple([z.int().min(1), z.int().max(ID_MAX)])
  .refine(([first, last]) => first <= last, 'is no range: the first number is above the last');

const RESTRICTING: ReadonlySet<string> = new Set(RESTRICTING_OPTIONS);
const keyOption = z
  .string()
  .refine((name) => RESTRICTING.has(name), `is no option that only takes something away; wanted: ${RESTRICTING_OPTIONS.join(', ')}`);

/** Which options a key may carry. */
export const keyOptions = z
  .union([z.enum(['none', 'allow-list']), z.array(keyOption)], 'wanted: "none", "allow-list", or a list of names of options')
  .default('none')
  .meta({
    description:
      '"none": a key that carries options is refused; "allow-list": options that only restrict are let through; or those of them',
  });
