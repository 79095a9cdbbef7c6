/**
 * Whether NSS as it is wired finds somebody who is in the caches, as they are there.
 */
import type { PasswdEntry } from '../../directory/passwd.ts';
import { quote } from '../../directory/rejection.ts';
import type { ProgramOutcome } from '../../host/program.ts';
import { finding, found, notChecked, type Verdict } from './finding.ts';

export interface NameLookupFacts {
  readonly person: PasswdEntry;
  /** getent(1) with the services of nsswitch.conf. */
  readonly asWired: ProgramOutcome;
  /** The same with the service `cache` alone. */
  readonly byCache: ProgramOutcome;
}

export function judgeNameLookup({ person, asWired, byCache }: NameLookupFacts): Verdict {
  const { name, uid } = person;
  const command = `getent passwd ${name}`;
  switch (asWired.kind) {
    case 'absent':
      return notChecked('getent is not installed');
    case 'failed':
      return notChecked(`${command}: ${asWired.reason}`);
    case 'late':
      return found(
        finding(
          'nss-hangs',
          `"${command}" gave no answer within ${asWired.seconds} s`,
          'grep -E "^(passwd|group):" /etc/nsswitch.conf   # take out what asks a directory',
        ),
      );
    case 'ended':
      break;
  }
  const line = asWired.stdout.toString().trim();
  if (asWired.status !== 0) return judgeSilence(name, byCache);
  const [, , shown = ''] = line.split(':');
  if (shown === String(uid)) return found();
  return found(
    finding(
      'nss-differs',
      `"${command}" says uid ${quote(shown)}, and the caches have uid ${uid}`,
      `getent -s cache passwd ${name}; getent -s files passwd ${name}`,
    ),
  );
}

/** The library is missing, or nsswitch.conf does not lead to it. */
function judgeSilence(name: string, byCache: ProgramOutcome): Verdict {
  const hasLibrary = byCache.kind === 'ended' && byCache.status === 0;
  if (hasLibrary) {
    const what = `"${name}" is in the caches, and "getent passwd ${name}" finds nobody`;
    return found(finding('nss-silent', what, 'holdfast setup --apply   # nsswitch.conf does not lead to the caches'));
  }
  const what = `"${name}" is in the caches, and the NSS service "cache" finds nobody: libnss-cache is not installed, or cannot read them`;
  return found(finding('nss-silent', what, 'apt-get install libnss-cache'));
}
