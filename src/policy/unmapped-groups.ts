/**
 * Access groups of this host that the map does not have. Whoever wrote one into a tag has made a slip, or an attempt.
 */
import type { Rejection } from '../directory/rejection.ts';
import type { AccessPolicy } from './host-policy.ts';

export function reportUnmapped({ hostGrants = [] }: AccessPolicy): Rejection[] {
  return hostGrants
    .filter(({ people }) => people === undefined)
    .map(({ accessGroup, reference }) => ({
      verdict: 'adjusted',
      source: reference,
      map: 'group',
      key: accessGroup,
      code: 'access-group-unmapped',
      reason: `an access group of this host (${reference}), but the map has none of that name: it lets nobody in`,
    }));
}
