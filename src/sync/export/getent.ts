/**
 * An export of one map in lines: passwd, group and shadow as getent(1) prints them, keys as `login:authorized_keys line`.
 */
import { formatGroup } from '../../directory/group.ts';
import { splitKeyLines } from '../../directory/key-lines.ts';
import { formatPasswd } from '../../directory/passwd.ts';
import { formatShadow } from '../../directory/shadow.ts';
import { type ExportedMap, type ServedView, sortedKeys } from './export.ts';

export function* exportGetent({ maps }: ServedView, map: ExportedMap): Generator<string> {
  switch (map) {
    case 'passwd':
      for (const entry of maps.passwd()) yield `${formatPasswd(entry)}\n`;
      return;
    case 'group':
      for (const entry of maps.group()) yield `${formatGroup(entry)}\n`;
      return;
    case 'shadow':
      for (const entry of maps.shadow()) yield `${formatShadow(entry)}\n`;
      return;
    case 'keys':
      for (const [login, lines] of sortedKeys(maps.keys())) {
        for (const line of splitKeyLines(lines)) yield `${login}:${line}\n`;
      }
  }
}
