/**
 * One change as diff -u shows it. A link is shown by where it leads, and a file that is nobody's business by its size.
 */
import type { FileState, Replacement } from '../../host/file-state.ts';
import type { Change } from './plan.ts';
import { unifiedDiff } from './unified-diff.ts';

export function diffOf({ path, before, shownBefore, replacement }: Change): string {
  const old = shownBefore ?? shownState(before);
  const labels = { before: before.kind === 'absent' ? '/dev/null' : path, after: replacement.kind === 'absent' ? '/dev/null' : path };
  return unifiedDiff(old, replacement.kind === 'text' ? replacement.text : shownState(replacement), labels);
}

function shownState(state: FileState | Replacement): string {
  switch (state.kind) {
    case 'absent':
    case 'text':
      return '';
    case 'link':
      return `(link to ${state.target})\n`;
    case 'file':
      return `(file of ${state.size} bytes)\n`;
  }
}
