/**
 * The access groups of a host, as somebody wrote them into a tag, a file or user data: `web-prod, bastion`.
 *
 * Whoever may tag an instance writes them, so nothing of a text that is not wholly right counts: a list cut short, or with a name
 * misread, would be another list.
 */
import { type GroupName, parseGroupName } from './names.ts';
import { Invalid, quote } from './rejection.ts';

/** Said, and not left empty: a tag that lost its value is no decision. */
export const NO_ACCESS_GROUP = 'none';

/** Characters of a tag's value (Amazon EC2 User Guide, tag restrictions), which user data is held to as well. */
const TEXT_MAX_LENGTH = 256;

const EMPTY = `is empty; wanted: names of access groups, or "${NO_ACCESS_GROUP}"`;

/** Names between commas and spaces, each once. */
export function parseAccessGroups(text: string): readonly GroupName[] | Invalid {
  if (text.length > TEXT_MAX_LENGTH) {
    return new Invalid('line-too-long', `has ${text.length} characters; wanted: at most ${TEXT_MAX_LENGTH}`);
  }
  return parseAll(text.split(/[ ,]/).filter((word) => word !== ''));
}

/** Those of a file: one name a line, `#` for comments. A file without names is one that somebody has emptied. */
export function parseAccessGroupLines(path: string, text: string): readonly GroupName[] | Invalid {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const names = lines.filter((line) => line !== '');
  return names.length === 0 ? [] : parseAll(names, (name) => `${path}:${lines.indexOf(name) + 1}: `);
}

function parseAll(words: readonly string[], placeOf = (_word: string): string => ''): readonly GroupName[] | Invalid {
  if (words.length === 0) return new Invalid('name-missing', EMPTY);
  if (words.length === 1 && words[0] === NO_ACCESS_GROUP) return [];
  const names = new Set<GroupName>();
  for (const word of words) {
    const name = parseAccessGroup(word);
    if (name instanceof Invalid) return new Invalid(name.code, `${placeOf(word)}${name.reason}`);
    names.add(name);
  }
  return [...names];
}

/** It has the form of a group's name, since without a map it is one. */
export function parseAccessGroup(text: string): GroupName | Invalid {
  if (text !== NO_ACCESS_GROUP) return parseGroupName(text);
  return new Invalid(
    'name-reserved',
    `${quote(NO_ACCESS_GROUP)} is no name of an access group: it stands alone, and means that there are none`,
  );
}
