/**
 * One value out of EC2 user data: that of a line `# holdfast: KEY = value`, which is a comment to cloud-init's cloud-config, to shells and to most other readers.
 *
 * User data may be compressed, and may be a MIME message of several parts, some of them in base64, as tools for cloud-init make
 * them; the line is looked for in each part.
 *
 * @see https://cloudinit.readthedocs.io/en/latest/explanation/format.html
 */
import { gunzipSync } from 'node:zlib';
import { Invalid, quote } from '../directory/rejection.ts';

/** EC2 takes 16 KB. Compressed they can hold more, and a bomb. */
const UNPACKED_MAX_BYTES = 1024 * 1024;

/**
 * The text behind the equals sign; undefined when no line has the key.
 *
 * @param key of letters, digits and _ . -
 */
export function findInUserData(bytes: Buffer, key: string): string | Invalid | undefined {
  const unpacked = unpack(bytes);
  if (unpacked instanceof Invalid) return unpacked;
  const values = new Set(partsOf(unpacked.toString('utf8')).flatMap((part) => valuesIn(part, key)));
  if (values.size <= 1) return [...values][0];
  const shown = [...values].slice(0, 3).map((value) => quote(value));
  return new Invalid('text-invalid', `has ${values.size} lines "# holdfast: ${key} = …" that differ: ${shown.join(', ')}`);
}

function unpack(bytes: Buffer): Buffer | Invalid {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_MAX_BYTES });
  } catch {
    return new Invalid('text-invalid', `is damaged gzip, or has more than ${UNPACKED_MAX_BYTES} bytes`);
  }
}

function valuesIn(text: string, key: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => valueOf(line, key) ?? []);
}

/** `#` and `holdfast:`, then the key, then `=`; white space may stand between. */
function valueOf(line: string, key: string): string | undefined {
  const trimmed = line.trim();
  if (!trimmed.startsWith('#')) return undefined;
  const rest = trimmed.slice(1).trimStart();
  if (!rest.startsWith('holdfast:')) return undefined;
  const [name = '', ...value] = rest.slice('holdfast:'.length).split('=');
  return name.trim() === key && value.length > 0 ? value.join('=').trim() : undefined;
}

/** Those of a MIME message, decoded; any other text is one part. Parts inside parts are not opened. */
function partsOf(text: string): readonly string[] {
  const { headers, body } = splitHeaders(text);
  const boundary = /^content-type:[ \t]*multipart\/[^\n]*?boundary="?([^"\n;]+)/im.exec(headers)?.[1];
  if (boundary === undefined) return [text];
  return body.split(`--${boundary.trim()}`).map(decodePart);
}

function decodePart(part: string): string {
  const { headers, body } = splitHeaders(part.replace(/^\r?\n/, ''));
  if (!/^content-transfer-encoding:[ \t]*base64[ \t]*$/im.test(headers)) return part;
  return Buffer.from(body, 'base64').toString('utf8');
}

/** Up to the first empty line, with lines that were folded made whole. */
function splitHeaders(text: string): { readonly headers: string; readonly body: string } {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return { headers: '', body: text };
  const headers = text
    .slice(0, end.index)
    .replaceAll('\r', '')
    .replaceAll(/\n[ \t]+/g, ' ');
  return { headers, body: text.slice(end.index + end[0].length) };
}
