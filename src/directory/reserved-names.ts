/**
 * Names that Linux systems give power to, whether this host has the account or not.
 *
 * sudoers, polkit, PAM and units grant by name: `%sudo ALL=(ALL) ALL` waits for a group `sudo`, and a directory that has one
 * would make its members root. So these names are the host's own, unless its owner lets the directory have one.
 */

/** Membership is root, or nearly: by sudo or doas, a container runtime, raw disks and memory, password hashes, the journal. */
export const RESERVED_GROUPS = [
  'root',
  'sudo',
  'wheel',
  'admin',
  'adm',
  'docker',
  'podman',
  'lxd',
  'incus',
  'incus-admin',
  'libvirt',
  'kvm',
  'disk',
  'kmem',
  'shadow',
  'systemd-journal',
] as const;

/** Whom rules of the system name, and as whom its services run. */
export const RESERVED_USERS = [
  'root',
  'toor',
  'daemon',
  'bin',
  'sys',
  'sync',
  'nobody',
  'sshd',
  'messagebus',
  'dbus',
  'polkitd',
  'systemd-network',
  'systemd-resolve',
  'systemd-timesync',
  'systemd-coredump',
  'systemd-oom',
] as const;

export type ReservedGroup = (typeof RESERVED_GROUPS)[number];
export type ReservedUser = (typeof RESERVED_USERS)[number];

/** The reserved names that the directory may not have here, in lower case. */
export interface ReservedNames {
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

export function reservedNames(allowed: {
  readonly users: readonly ReservedUser[];
  readonly groups: readonly ReservedGroup[];
}): ReservedNames {
  return {
    users: new Set<string>(RESERVED_USERS).difference(new Set<string>(allowed.users)),
    groups: new Set<string>(RESERVED_GROUPS).difference(new Set<string>(allowed.groups)),
  };
}
