/**
 * How long the certificates are good for, as they are on the disk now.
 */
import type { CertificateEnd } from '../../sources/source.ts';
import { certificateWarnings } from '../secrets/certificate-expiry.ts';
import { finding, found, type Verdict } from './finding.ts';

export interface SourceCertificates {
  readonly name: string;
  readonly certificates: readonly CertificateEnd[];
}

export function judgeCertificates(sources: readonly SourceCertificates[], now: Date): Verdict {
  return found(
    ...sources.flatMap(({ name, certificates }) =>
      certificates.flatMap((certificate) =>
        certificateWarnings([{ name, certificates: [certificate] }], now).map(({ text, hint }) =>
          finding(certificate.end.getTime() <= now.getTime() ? 'certificate-expired' : 'certificate-expires', text, hint),
        ),
      ),
    ),
  );
}
