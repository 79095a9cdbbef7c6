/**
 * Audit events as lines of the log: with the host, the generation, and their place among the lines of one run.
 */
import type { Manifest } from '../../caches/manifest.ts';
import type { Rejection } from '../../directory/rejection.ts';
import { readHostIdentity } from '../../host/host-identity.ts';
import type { AuditEvent } from '../../policy/audit/event.ts';
import { isWithheld } from '../../policy/audit/findings.ts';
import { AUDIT_VERSION, type AuditLine, formatAuditLine } from '../../state/audit-line.ts';
import { VERSION } from '../../version.ts';
import type { HostContext } from '../context.ts';
import { countFindings } from '../findings.ts';

/** What all lines of a batch have in common. */
export interface BatchPlace {
  readonly generation: number;
  /** ISO 8601. */
  readonly time: string;
  readonly firstSeq: number;
}

export class AuditLines {
  readonly #place: BatchPlace;
  readonly #host: Pick<AuditLine, 'host' | 'instance'>;
  #seq: number;

  constructor({ paths, instanceId }: Pick<HostContext, 'paths' | 'instanceId'>, place: BatchPlace) {
    const identity = readHostIdentity(paths);
    const instance = instanceId ?? identity.instanceId;
    this.#place = place;
    this.#seq = place.firstSeq - 1;
    this.#host = { host: identity.hostname, ...(instance === undefined ? {} : { instance }) };
  }

  *of(events: Iterable<AuditEvent>): Generator<string> {
    for (const { reason, ...event } of events) yield this.#format({ ...event, code: reason.code, reason: reason.text });
  }

  /** What the generation is, as a whole. */
  baseline({ createdAt, counts, sources }: Manifest, rejections: readonly Rejection[], reason: string): string {
    const withheld = countFindings(rejections.filter(isWithheld)).map(({ code, count }) => [code, count] as const);
    return this.#format({
      event: 'baseline',
      reason,
      committedAt: createdAt,
      counts,
      withheld: Object.fromEntries(withheld),
      snapshots: Object.fromEntries(sources.map(({ name, snapshot }) => [name, snapshot])),
    });
  }

  #format(fields: Omit<AuditLine, 'version' | 'time' | 'host' | 'instance' | 'generation' | 'seq' | 'holdfast'>): string {
    this.#seq += 1;
    const { generation, time } = this.#place;
    const { event, ...rest } = fields;
    return formatAuditLine({ version: AUDIT_VERSION, time, event, ...rest, ...this.#host, generation, seq: this.#seq, holdfast: VERSION });
  }
}
