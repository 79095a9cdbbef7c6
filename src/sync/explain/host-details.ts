/**
 * What is wrong on this host: its configuration, the files it names, its disk.
 */
import type { ErrorDetail } from '../../errors.ts';
import type { Explanation } from './explanation.ts';

const SERVES = 'What serves goes on serving.';

export const HOST_DETAILS = {
  'config-mistaken': {
    means:
      'The configuration has mistakes: unknown keys, values out of their limits, parts that do not fit together, or nobody who may log in.',
    matters: `${SERVES} No run starts before it is mended, so that nobody who leaves loses access meanwhile.`,
    remedies: ['holdfast config check, which says all of them with their lines', 'man holdfast.toml'],
  },
  'file-unreadable': {
    means: 'A file that is needed cannot be read: it is not there, is no regular file, or is too large.',
    matters: `${SERVES} Of a certificate or key, its source fails; of the configuration, no run starts.`,
    remedies: ['ls -l PATH', 'in the service: is it hidden by the sandbox, such as below /home? systemctl cat holdfast.service'],
  },
  'file-permissions': {
    means: 'A file that decides who gets in may be written by others than root, or a key or password may be read by others.',
    matters: `${SERVES} The file does not count until that is mended: whoever could write it could have let themselves in.`,
    remedies: [
      'chown root:root PATH && chmod go-w PATH; 0600 for keys and passwords',
      'ask who had it like that: replace a key that others could read',
    ],
  },
  'file-mistaken': {
    means: 'A file of people has mistakes. One of them refuses the whole file.',
    matters: 'The people it gave last go on being shown.',
    remedies: ['mend each line that the message names', 'holdfast config check, which reads it as well'],
  },
  'revoked-list': {
    means: 'The list of revoked keys has a line that is neither a fingerprint nor a public key.',
    matters: `${SERVES} A typing error must not let a stolen key go on working unseen: so no run starts.`,
    remedies: ['ssh-keygen -l -E sha256 -f KEY.pub prints a fingerprint', 'holdfast config check'],
  },
  'secret-missing': {
    means: 'A credential or environment variable that a secret is read from is not there, or is empty.',
    matters: 'The source fails, and its last good snapshot goes on serving.',
    remedies: [
      'systemctl cat holdfast.service, for LoadCredential= and Environment=',
      'systemctl start holdfast.service, instead of holdfast sync by hand',
    ],
  },
  'certificate-unusable': {
    means: 'A certificate or key of this host cannot be used: no PEM, encrypted, or key and certificate do not belong together.',
    matters: 'The source fails, and its last good snapshot goes on serving.',
    remedies: ['openssl x509 -noout -pubkey -in CERT; openssl pkey -pubout -in KEY: both print the same', 'holdfast config check'],
  },
  'parameter-unusable': {
    means: 'A parameter of Parameter Store does not exist in that region or version, or is of a type or size that no secret has.',
    matters: 'The source that needs it fails, and its last good snapshot goes on serving.',
    remedies: ['aws ssm get-parameter --name NAME --query Parameter.Type', 'compare region in [aws]'],
  },
  'region-missing': {
    means: 'Something of AWS is configured, and no region is: not in [aws], not in AWS_REGION, and the instance has none to tell.',
    matters: 'What needs AWS fails; what was last good goes on being used.',
    remedies: ['region = "eu-central-1" in [aws]'],
  },
  'emergency-not-configured': {
    means: 'holdfast emergency was called, and the configuration has no [emergency].',
    matters: 'Keys that are in the emergency file stay there, and go on opening the host.',
    remedies: ['write [emergency]', 'or: systemctl disable --now holdfast-emergency.timer, and remove the file that sshd reads'],
  },
  'emergency-object-refused': {
    means: 'An object with emergency keys is no text, or has more keys than emergency.max_keys.',
    matters: 'Its last good keys go on serving.',
    remedies: ['is it the right object? aws s3 cp OBJECT -', 'max_keys in [emergency]'],
  },
  'emergency-file-foreign': {
    means: 'Where the emergency keys should go there is a file without a single key: probably the wrong path.',
    matters: 'The file is left as it is, and no emergency key is in place.',
    remedies: ['file in [emergency]', 'if it is the right path, move the file away; then: holdfast emergency'],
  },
  'disk-full': {
    means: 'The file system is full, or a quota or the inodes are used up.',
    matters: 'The last generation serves, whole. Who leaves the directory does not lose access before there is room.',
    remedies: ['df -h /var/lib/holdfast; df -i /var/lib/holdfast', 'journalctl --vacuum-size=200M', 'then: holdfast sync'],
  },
  'read-only': {
    means: 'The file system is mounted read-only; the kernel does that to a failing disk, too.',
    matters: 'The last generation serves. Nothing new comes, and nobody who leaves loses access.',
    remedies: ['findmnt -T /var/lib/holdfast; dmesg | tail', 'in the service with another state.dir: ReadWritePaths= in a drop-in'],
  },
  'permission-denied': {
    means:
      'The operating system refused access to a file of holdfast, although it runs as root: a sandbox, SELinux or AppArmor, chattr +i.',
    matters: 'The last generation serves.',
    remedies: ['ls -ldZ PATH; lsattr -d PATH', 'ausearch -m avc -ts recent, where SELinux is on', 'systemctl cat holdfast.service'],
  },
  'read-back-differs': {
    means: 'What was written was read back and is not the same, or does not stand up to the algorithm of its reader.',
    matters: 'It was thrown away; the last generation serves.',
    remedies: ['df -h /var/lib/holdfast; dmesg | tail: a full or failing disk', 'if both are fine, it is a defect: report it'],
  },
  'audit-log': {
    means: 'The audit log cannot be written: its folder or file is a link, belongs to somebody else, or may be written by others.',
    matters: 'Logins and syncs go on. The lines wait in the state, up to 64 MiB, and are written when it is mended.',
    remedies: ['ls -ld /var/log/holdfast /var/log/holdfast/audit.jsonl', 'path in [audit]; then: holdfast sync'],
  },
} as const satisfies Partial<Record<ErrorDetail, Explanation>>;
