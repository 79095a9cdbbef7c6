/**
 * What a judgement of a directory has to say besides what it shows.
 */
import { type Invalid, type MapName, type Rejection, rejectionOf } from '../directory/rejection.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';

/** Collects what was withheld or changed, one line per finding. */
export class Report {
  readonly rejections: Rejection[];

  constructor(...earlier: readonly (readonly Rejection[])[]) {
    this.rejections = earlier.flat();
  }

  addAll(rejections: readonly Rejection[]): void {
    this.rejections.push(...rejections);
  }

  add(verdict: Rejection['verdict'], user: DirectoryUser, map: MapName, invalid: Invalid, fingerprint?: string): void {
    const place = { verdict, source: user.source, map, key: user.name, ...(fingerprint === undefined ? {} : { fingerprint }) };
    this.rejections.push(rejectionOf(place, invalid));
  }
}
