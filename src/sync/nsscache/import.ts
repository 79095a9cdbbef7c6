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
  check(path, converted);
  return converted;
}

/** What `config check` would refuse is said of the file that it comes from. */
function check(path: string, { text }: Converted): void {
  try {
    parseConfig('holdfast.toml', text);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new HoldfastError('configuration', `${path} has what no configuration of holdfast may have\n${error.message}`, {
      detail: error.detail,
      hints: [`mend it in ${path}; the places are those in the configuration that would be made of it`, ...error.hints],
      cause: error,
    });
  }
}
