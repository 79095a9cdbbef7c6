/**
 * A configuration of holdfast that does what one of nsscache does, with a note for each option that has no equal or does not do what it says.
 */
import { parseConfig } from '../../config/load.ts';
import { readRegularFile } from '../../config/regular-file.ts';
import { HoldfastError } from '../../errors.ts';
import { decodeUtf8 } from '../../toml/utf8.ts';
import { convert, type Converted } from './convert.ts';
import { parseIni } from './ini.ts';
import { readMaps } from './map-options.ts';

/** Bytes; a hundred times what anybody has. */
const FILE_MAX = 1_000_000;

/** @throws HoldfastError `configuration` for a file that nsscache does not read either, and for what no configuration of ours can do */
export function importNsscache(path: string): Converted {
  const text = decodeUtf8(readRegularFile(path, 'configuration of nsscache', FILE_MAX).bytes);
  if (typeof text !== 'string') {
    throw new HoldfastError('configuration', `${path}:${text.position?.line ?? 1}: ${text.text}`);
  }
  const converted = convert(path, readMaps(parseIni(path, text)));
  parseConfig('holdfast.toml', converted.text);
  return converted;
}
