/**
 * Checked values for tests, out of the parsers that alone can make them.
 */
import {
  type Gid,
  type GroupName,
  type HostPath,
  type LoginName,
  parseGid,
  parseGroupName,
  parseLoginName,
  parseShell,
  parseUid,
  type Uid,
} from '../../src/directory/names.ts';
import { Invalid } from '../../src/directory/rejection.ts';

/** @throws Error when the value was refused: a mistake of the test */
export function valid<T>(value: T | Invalid): T {
  if (value instanceof Invalid) throw new Error(`${value.code}: ${value.reason}`);
  return value;
}

export function login(text: string): LoginName {
  return valid(parseLoginName(text));
}

export function groupName(text: string): GroupName {
  return valid(parseGroupName(text));
}

export function uid(number: number): Uid {
  return valid(parseUid(String(number)));
}

export function gid(number: number): Gid {
  return valid(parseGid(String(number)));
}

export function path(text: string): HostPath {
  return valid(parseShell(text));
}

/** What a parser said of a text, so that a table can hold both outcomes: the value, or the code of the refusal. */
export function outcome<T>(value: T | Invalid): T | string {
  return value instanceof Invalid ? value.code : value;
}
