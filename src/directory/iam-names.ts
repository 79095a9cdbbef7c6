/**
 * Names of IAM as names of Linux.
 *
 * IAM takes `Ann` and `ann` for one name, Linux takes them for two: in lower case, one stays one. Its names may have `+ = , . @` besides,
 * each of which becomes a text that the configuration says. Two names may become one by that; whose it is then, others decide.
 */
import { Invalid, quote } from './rejection.ts';

/** What may be in a name of IAM beside letters, digits, `_` and `-`. */
export const IAM_CHARACTERS = ['+', '=', ',', '.', '@'] as const;
export type IamCharacter = (typeof IAM_CHARACTERS)[number];

export type CharacterMap = Readonly<Record<IamCharacter, string>>;

const IAM_NAME = /^[A-Za-z0-9_+=,.@-]{1,128}$/;

/** For one of the parsers of Linux names, which may still refuse it. */
export function linuxNameOf(name: string, characters: CharacterMap): string | Invalid {
  if (!IAM_NAME.test(name)) return new Invalid('name-invalid', `${quote(name)} is no name that IAM gives`);
  return name.toLowerCase().replaceAll(/[+=,.@]/g, (character) => characters[character as IamCharacter]);
}
