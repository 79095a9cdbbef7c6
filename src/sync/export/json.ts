/**
 * An export as JSON: an object with a list for each map, an entry a line.
 */
import { splitKeyLines } from '../../directory/key-lines.ts';
import { EXPORTED_MAPS, type ExportedMap, type ServedView, sortedKeys } from './export.ts';

const FORMAT_VERSION = 1;

export function* exportJson({ generation, maps }: ServedView, wanted: readonly ExportedMap[]): Generator<string> {
  const { manifest } = generation;
  yield `{\n "version": ${FORMAT_VERSION},\n "generation": ${manifest.generation},\n`;
  yield ` "committedAt": ${JSON.stringify(manifest.createdAt)},\n "why": ${JSON.stringify(manifest.why)},\n`;
  yield ` "sources": ${JSON.stringify(manifest.sources.map(({ name, fetchedAt }) => ({ name, fetchedAt })))}`;
  for (const map of EXPORTED_MAPS) {
    if (!wanted.includes(map)) continue;
    yield `,\n "${map}": [`;
    yield* listOf(rowsOf({ generation, maps }, map));
    yield ']';
  }
  yield '\n}\n';
}

function* listOf(rows: Iterable<object>): Generator<string> {
  let before = '\n  ';
  for (const row of rows) {
    yield `${before}${JSON.stringify(row)}`;
    before = ',\n  ';
  }
  if (before.startsWith(',')) yield '\n ';
}

function* rowsOf({ maps }: ServedView, map: ExportedMap): Generator<object> {
  switch (map) {
    case 'passwd':
      for (const { name, uid, gid, gecos, home, shell } of maps.passwd()) yield { name, uid, gid, gecos, home, shell };
      return;
    case 'group':
      for (const { name, gid, members } of maps.group()) yield { name, gid, members };
      return;
    case 'shadow':
      for (const { name, password, aging } of maps.shadow()) yield { name, password, ...aging };
      return;
    case 'keys':
      for (const [name, lines] of sortedKeys(maps.keys())) yield { name, keys: splitKeyLines(lines) };
  }
}
