/**
 * Groups of access rules whose name another source's group has now.
 */
import type { PublishedView } from '../../directory/host-view.ts';
import type { GroupName } from '../../directory/names.ts';

/** A group whose name another source's has now. */
export interface GroupTaken {
  readonly group: GroupName;
  readonly from: string;
  readonly to: string;
}

export function findTaken(current: Pick<PublishedView, 'groupOrigins'>, view: Pick<PublishedView, 'groupOrigins'>): GroupTaken[] {
  return [...view.groupOrigins].flatMap(([group, { source: to }]) => {
    const from = current.groupOrigins.get(group)?.source;
    return from === undefined || from === to ? [] : [{ group, from, to }];
  });
}
