/**
 * Warns of certificates that end soon, while there is time to have new ones issued.
 */
import { DAY } from '../../directory/day.ts';
import type { CertificateEnd } from '../../sources/source.ts';
import { count } from '../phrases.ts';
import type { SourceReport } from '../report.ts';
import type { RunWarning } from '../run-warning.ts';

export interface ExpiringCertificate {
  readonly kind: CertificateEnd['kind'];
  readonly text: string;
  readonly hint: string;
}

/** Time enough to notice and to have a new one issued, holidays included. */
const EXPIRES_SOON_DAYS = 21;

const NAMES: Readonly<Record<CertificateEnd['kind'], { readonly title: string; readonly key: string }>> = {
  client: { title: 'client certificate', key: 'tls.cert' },
  ca: { title: 'CA certificate', key: 'tls.ca' },
};

/** Those that end within three weeks, or have ended. */
export function expiringCertificates(ends: readonly CertificateEnd[], now: Date): ExpiringCertificate[] {
  return ends
    .filter(({ end }) => end.getTime() - now.getTime() < EXPIRES_SOON_DAYS * DAY)
    .map(({ kind, subject, end }) => ({
      kind,
      text: `the ${NAMES[kind].title} ${whenOf(end, now)} (${subject})`,
      hint: `put a new one where ${NAMES[kind].key} says, in time: the next run takes it`,
    }));
}

export function certificateWarnings(sources: readonly Pick<SourceReport, 'name' | 'certificates'>[], now: Date): RunWarning[] {
  return sources.flatMap(({ name, certificates = [] }) =>
    expiringCertificates(certificates, now).map(({ text, hint }) => ({
      code: 'certificate-expires',
      text: `source "${name}": ${text}`,
      hint,
    })),
  );
}

function whenOf(end: Date, now: Date): string {
  const time = `${end.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const days = Math.floor((end.getTime() - now.getTime()) / DAY);
  return days < 0 ? `expired on ${time}` : `expires in ${count(days, 'day', 'days')}, on ${time}`;
}
