/** What is rendered, as files: the tests' one place that knows how maps and generations are handed over. */
import { type RenderedGeneration, renderGeneration } from '../../src/caches/generation-files.ts';
import { type MapFile, renderMap } from '../../src/caches/map-file.ts';
import type { PublishedView } from '../../src/directory/host-view.ts';

export type Files = ReadonlyMap<string, Buffer>;

/** A map of lines that are what they are. */
export function mapOfLines(lines: readonly string[], minLastOffset = 0): MapFile {
  return renderMap(lines, (line) => line, minLastOffset);
}

/** The content of every file of a generation by its name. */
export function filesOf({ sets }: RenderedGeneration): Files {
  return new Map(sets.flatMap(({ render }) => [...render()]).map(([name, content]) => [name, Buffer.from(content)]));
}

export function filesOfView(view: PublishedView): Files {
  return filesOf(renderGeneration(view, {}));
}
