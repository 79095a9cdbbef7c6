/**
 * Random checked values for properties.
 */
import * as fc from 'fast-check';
import type { Gid, GroupName, HostPath, LoginName, Uid } from '../../src/directory/names.ts';
import { safeText } from '../../src/directory/text.ts';
import { gid, groupName, login, path, uid } from './valid.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9._@-]{0,30}\$?$/;

export function loginNames(): fc.Arbitrary<LoginName> {
  return fc.oneof(fc.stringMatching(NAME), fc.constantFrom('__proto__', 'constructor', 'toString')).map(login);
}

export function groupNames(): fc.Arbitrary<GroupName> {
  return fc.oneof(fc.stringMatching(NAME), fc.constantFrom('__proto__', 'constructor')).map(groupName);
}

export function uids(): fc.Arbitrary<Uid> {
  return ids().map(uid);
}

export function gids(): fc.Arbitrary<Gid> {
  return ids().map(gid);
}

export function paths(): fc.Arbitrary<HostPath> {
  return fc.stringMatching(/^(?:\/[a-z0-9_+@~-]{1,12}){1,4}$/).map(path);
}

export function gecos(): fc.Arbitrary<string> {
  return fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'binary' })).map((text) => safeText(text, 128));
}

/** Every field of a line, or something else where a field should be. */
export function almost(field: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 8, arbitrary: field }, { weight: 1, arbitrary: fc.string({ maxLength: 6 }) });
}

function ids(): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: 4_294_967_294 }).filter((id) => id !== 65_535);
}
