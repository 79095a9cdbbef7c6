/**
 * A key as `ssh-keygen -lf` prints it: `256 SHA256:… alice@laptop (ED25519)`.
 */
import type { KeyType } from '../../directory/key-blob.ts';

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

export interface LabelledKey {
  readonly type: KeyType;
  readonly bits: number;
  readonly fingerprint: string;
  readonly comment: string;
}

export function keyLabel({ bits, fingerprint, comment, type }: LabelledKey): string {
  return `${bits} ${fingerprint} ${comment === '' ? 'no comment' : comment} (${TYPE_NAMES[type]})`;
}
