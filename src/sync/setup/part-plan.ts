/**
 * What one part of setup contributes: names that have to lead to something, and what it leaves to a person.
 */
import type { Replacement } from '../../host/file-state.ts';

export interface PartPlan {
  readonly wanted: readonly Wanted[];
  readonly left: readonly string[];
}

export interface Wanted {
  readonly path: string;
  readonly replacement: Replacement;
}
