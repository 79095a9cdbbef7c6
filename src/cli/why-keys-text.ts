/**
 * A login's keys, each as ssh-keygen -l shows it, with the verdict in front.
 */
import type { KeyType } from '../directory/key-blob.ts';
import type { LoginReport } from '../sync/why.ts';
import type { KeyReport, KeyVerdict } from '../sync/why-keys.ts';

/** Between parentheses, as ssh-keygen(1) names them. */
const TYPE_NAMES: Readonly<Record<KeyType, string>> = {
  'ssh-ed25519': 'ED25519',
  'ssh-rsa': 'RSA',
  'ecdsa-sha2-nistp256': 'ECDSA',
  'ecdsa-sha2-nistp384': 'ECDSA',
  'ecdsa-sha2-nistp521': 'ECDSA',
  'sk-ssh-ed25519@openssh.com': 'ED25519-SK',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'ECDSA-SK',
};

const VERDICTS: readonly KeyVerdict[] = ['given', 'expired', 'refused', 'withheld', 'left over'];
const NOT_READ = 'refused';
const VERDICT_WIDTH = 'left over'.length + 2;

export function keyRows({ keys, keyFindings, entry, sharers }: LoginReport): string[] {
  if (keys.length === 0 && keyFindings.length === 0) return entry === undefined && sharers === undefined ? [] : ['none'];
  return [
    ...VERDICTS.flatMap((verdict) => keys.filter((key) => key.verdict === verdict)).flatMap(describeKey),
    ...keyFindings.map(({ verdict, code, reason }) => row(verdict === 'quarantined' ? NOT_READ : verdict, `${code}: ${reason}`)),
  ];
}

function describeKey(key: KeyReport): string[] {
  const { verdict, code, reason, options, owner } = key;
  return [
    row(verdict, sshKeygenLine(key)),
    ...(owner === undefined ? [] : [row('', `of ${owner}`)]),
    ...(options === '' ? [] : [row('', `options: ${options}`)]),
    ...(code === undefined ? [] : [row('', `${code}: ${reason ?? ''}`)]),
  ];
}

/** `256 SHA256:… alice@laptop (ED25519)`: what `ssh-keygen -lf` prints for the same key. */
export function sshKeygenLine({ bits, fingerprint, comment, type }: Pick<KeyReport, 'bits' | 'fingerprint' | 'comment' | 'type'>): string {
  return `${bits} ${fingerprint} ${comment === '' ? 'no comment' : comment} (${TYPE_NAMES[type]})`;
}

function row(label: string, text: string): string {
  return `${label.padEnd(VERDICT_WIDTH)}${text}`;
}
