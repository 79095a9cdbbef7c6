/**
 * Active Directory's objectGUID, 16 bytes, as people and its tools write it: `f47ac10b-58cc-4372-a567-0e02b2c3d479`.
 */

/** The first three groups are little-endian numbers (RFC 4122 knows no such order; MS-DTYP section 2.3.4 does). */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** @param hex the bytes as hexadecimal digits; returned as they are when they are not 16 */
export function formatGuid(hex: string): string {
  if (hex.length !== 2 * ORDER.length) return hex;
  const digits = ORDER.map((index) => hex.slice(2 * index, 2 * index + 2)).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
