/**
 * A `[[source]]` of type file as the source takes it: who may have written the file, and how it is read.
 */
import { faultOfOwner, type Permission } from '../../config/file-owner.ts';
import { type FileFormat, type FileSourceConfig, formatOf } from '../../config/file-source-schema.ts';
import { readRegularFile, type RegularFile } from '../../config/regular-file.ts';
import { HoldfastError } from '../../errors.ts';
import type { DirectoryFileReader } from '../../sources/file/directory-file.ts';
import type { FileSourceSettings } from '../../sources/file/file-source.ts';
import { ldifReader } from '../../sources/file/ldif-directory.ts';
import { peopleFileReader } from '../../sources/file/people-file.ts';
import { SourceError } from '../../sources/source.ts';
import type { TomlFile } from '../../toml/document.ts';

/** What nobody writes by hand, and an export of some ten thousand people. */
const MAX_BYTES: Readonly<Record<FileFormat, number>> = { toml: 4 * 1024 * 1024, ldif: 64 * 1024 * 1024 };

const DEFAULT_SCHEMA = 'rfc2307';

export function fileSettings(source: FileSourceConfig): FileSourceSettings {
  return { name: source.name, open: () => openFile(source), reader: readerOf(source) };
}

/** With the format and schema that are in effect. */
export function withFormat(source: FileSourceConfig): FileSourceConfig {
  const format = effectiveFormat(source);
  return { ...source, format, ...(format === 'ldif' ? { schema: source.schema ?? DEFAULT_SCHEMA } : {}) };
}

function readerOf(source: FileSourceConfig): DirectoryFileReader {
  const passwordHashes = source.password_hashes;
  if (effectiveFormat(source) === 'toml') return peopleFileReader({ passwordHashes });
  return ldifReader({ schema: source.schema ?? DEFAULT_SCHEMA, passwordHashes });
}

/** The rules have seen to it that there is one. */
function effectiveFormat(source: FileSourceConfig): FileFormat {
  return formatOf(source) ?? 'toml';
}

/** A file that cannot be read may be there at the next run. One that others may write is as good as one with mistakes. */
function openFile(source: FileSourceConfig): TomlFile {
  const { path } = source;
  const { bytes, stats } = readFile(path, MAX_BYTES[effectiveFormat(source)]);
  const permission: Permission = source.password_hashes ? 'read' : 'write';
  const fault = faultOfOwner(stats, permission);
  if (fault === undefined) return { path, bytes };
  throw new SourceError('data-refused', `path: "${path}" ${fault}`, {
    detail: 'file-permissions',
    hints: [`chown root:root ${path} && chmod ${permission === 'read' ? '0600' : 'go-w'} ${path}`],
  });
}

function readFile(path: string, maxBytes: number): RegularFile {
  try {
    return readRegularFile(path, 'path', maxBytes);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new SourceError('source-unavailable', error.message, { detail: error.detail, hints: error.hints, cause: error });
  }
}
