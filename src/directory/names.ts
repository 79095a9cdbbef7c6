/**
 * Names and numbers of accounts, which only their parsers can make.
 *
 * The character set is the one that the lookup command accepts. It excludes everything that passwd(5), group(5), sshd,
 * a shell or libnss-cache gives a meaning: `:` and `,` separate fields, a leading `+` or `-` is NIS compat (and accepted
 * by `fgetpwent_r`), a leading `#` is a comment, a leading `-` an option, a leading `.` a hidden path, and a name of
 * digits alone is a uid to chown(1) and ps(1).
 */
import { Invalid, quote } from './rejection.ts';

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

export type LoginName = Brand<string, 'LoginName'>;
export type GroupName = Brand<string, 'GroupName'>;
export type Uid = Brand<number, 'Uid'>;
export type Gid = Brand<number, 'Gid'>;
/** An absolute path without `:`, control characters or `..`. */
export type HostPath = Brand<string, 'HostPath'>;

/** Linux accepts 32 characters (useradd(8)); a longer name would also reach past a record's first 64 bytes. */
export const NAME_MAX_LENGTH = 32;
const PATH_MAX_LENGTH = 256;
const ID_MAX = 4_294_967_294;
/** (uid_t)-1 as 16 and 32 bits means "no change" to chown(2) and setreuid(2). */
const ID_RESERVED: ReadonlySet<number> = new Set([65_535, 4_294_967_295]);

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._@-]*\$?$/;
const DIGITS = /^[0-9]+$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,9})$/;
const PATH = /^\/[\x21-\x39\x3b-\x7e]*$/;

export function parseLoginName(text: string): LoginName | Invalid {
  return checkName(text, 'login name') ?? (text as LoginName);
}

export function parseGroupName(text: string): GroupName | Invalid {
  return checkName(text, 'group name') ?? (text as GroupName);
}

export function parseUid(text: string): Uid | Invalid {
  return checkId(text, 'uid') ?? (Number(text) as Uid);
}

export function parseGid(text: string): Gid | Invalid {
  return checkId(text, 'gid') ?? (Number(text) as Gid);
}

/** pam_mkhomedir makes a home as root and gives it away: in one of these it would be a way to root. */
const SYSTEM_FOLDER =
  /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|root|run|sbin|sys|usr|var\/run|var\/spool|var\/lib\/(?:holdfast|systemd|dpkg))(?:\/|$)/;

/**
 * A home directory: absolute, no `..`, not `/` itself (sshd would look for `/.ssh/authorized_keys`).
 */
export function parseHome(text: string): HostPath | Invalid {
  if (/^\/+$/.test(text)) return new Invalid('home-invalid', 'home directory is "/"');
  if (text.includes('//')) return new Invalid('home-invalid', `home directory ${quote(text)} has a "//" in it`);
  if (SYSTEM_FOLDER.test(text)) return new Invalid('home-invalid', `home directory ${quote(text)} is in a folder of the system`);
  return checkPath(text, 'home directory', 'home-invalid') ?? (text as HostPath);
}

/** Where holdfast keeps its state: any folder but `/`. */
export function parseFolder(text: string): HostPath | Invalid {
  if (/^\/+$/.test(text)) return new Invalid('home-invalid', 'folder is "/"');
  return checkPath(text, 'folder', 'home-invalid') ?? (text as HostPath);
}

/** A file that holdfast replaces as a whole. */
export function parseFile(text: string): HostPath | Invalid {
  if (text.endsWith('/')) return new Invalid('home-invalid', `file ${quote(text)} ends with a "/"`);
  return checkPath(text, 'file', 'home-invalid') ?? (text as HostPath);
}

export function parseShell(text: string): HostPath | Invalid {
  return checkPath(text, 'shell', 'shell-invalid') ?? (text as HostPath);
}

function checkName(text: string, what: string): Invalid | undefined {
  if (text === '') return new Invalid('name-missing', `${what} is empty`);
  if (text.length > NAME_MAX_LENGTH) {
    return new Invalid('name-invalid', `${what} ${quote(text)} has ${text.length} characters, at most 32 are allowed`);
  }
  if (!NAME.test(text)) {
    return new Invalid('name-invalid', `${what} ${quote(text)} has characters other than A-Z a-z 0-9 . _ @ - $`);
  }
  if (DIGITS.test(text)) {
    return new Invalid('name-invalid', `${what} ${quote(text)} is all digits and would be taken for a number`);
  }
  return undefined;
}

function checkId(text: string, what: string): Invalid | undefined {
  if (!DECIMAL.test(text)) return new Invalid('id-invalid', `${what} ${quote(text)} is no decimal number`);
  const id = Number(text);
  if (id === 0) return new Invalid('id-invalid', `${what} 0 is root`);
  if (id > ID_MAX || ID_RESERVED.has(id)) return new Invalid('id-invalid', `${what} ${id} is reserved by the kernel`);
  return undefined;
}

function checkPath(text: string, what: string, code: 'home-invalid' | 'shell-invalid'): Invalid | undefined {
  if (text.length > PATH_MAX_LENGTH) {
    return new Invalid(code, `${what} ${quote(text)} has ${text.length} characters, at most 256 are allowed`);
  }
  if (!text.startsWith('/')) return new Invalid(code, `${what} ${quote(text)} is no absolute path`);
  if (!PATH.test(text)) {
    return new Invalid(code, `${what} ${quote(text)} has a ":", a space, a control or a non-ASCII character`);
  }
  if (text.split('/').some((part) => part === '..' || part === '.')) {
    return new Invalid(code, `${what} ${quote(text)} has a ".." or "." in it`);
  }
  return undefined;
}
