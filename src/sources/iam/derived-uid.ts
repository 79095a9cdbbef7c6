/**
 * A uid of a UserId: the same on every host, whoever else there is, and whenever they came.
 *
 * The first six bytes of SHA-256 over the UserId, modulo the size of the range, added to its first number. With people n in a range of r, the
 * chance that two have one uid is about n² / 2r. Nothing is probed for the second one: its uid would depend on who else is there.
 */
import { hash } from 'node:crypto';

export type UidRange = readonly [first: number, last: number];

const HASH_BYTES = 6;

export function derivedUid(userId: string, [first, last]: UidRange): number {
  return first + (hash('sha256', userId, 'buffer').readUIntBE(0, HASH_BYTES) % (last - first + 1));
}
