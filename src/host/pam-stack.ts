/**
 * The PAM modules that a login by sshd goes through, with the file and line of each.
 *
 * @see pam.d(5); `@include` is Debian's, `include` and `substack` take the lines of one type
 */
import { basename, join } from 'node:path';
import { readReadableFile } from './readable-file.ts';
import type { HostPaths } from './paths.ts';

export type PamType = 'auth' | 'account' | 'session' | 'password';

export interface PamLine {
  readonly file: string;
  readonly line: number;
  readonly type: PamType;
  /** `required`, `[success=1 default=ignore]` */
  readonly control: string;
  /** Without folder and ending: `pam_unix`. */
  readonly module: string;
}

export type PamStack =
  | { readonly kind: 'lines'; readonly lines: readonly PamLine[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

const LINE = /^-?(auth|account|session|password)\s+(\[[^\]]*\]|[^\s[]\S*)\s+(\S+)/;
const DEPTH_MAX = 16;
const LINES_MAX = 1000;

export function readPamStack({ etc }: Pick<HostPaths, 'etc'>): PamStack {
  const folder = join(etc, 'pam.d');
  const found = readReadableFile(join(folder, 'sshd'));
  if (found.kind !== 'text') return found;
  const lines: PamLine[] = [];
  collect({ folder, lines }, 'sshd', undefined, 0);
  return { kind: 'lines', lines };
}

interface Stack {
  readonly folder: string;
  readonly lines: PamLine[];
}

/** @param only lines of this type; undefined for all */
function collect(stack: Stack, service: string, only: PamType | undefined, depth: number): void {
  const file = join(stack.folder, basename(service));
  const found = readReadableFile(file);
  if (found.kind !== 'text' || depth > DEPTH_MAX) return;
  for (const { line, text } of logicalLines(found.text)) {
    const step = parseLine(text.trim());
    if (step === undefined || stack.lines.length >= LINES_MAX) continue;
    if (step.type !== undefined && only !== undefined && step.type !== only) continue;
    if (step.includes !== undefined) collect(stack, step.includes, step.type ?? only, depth + 1);
    else stack.lines.push({ file, line, ...step });
  }
}

/** A line that ends in a backslash goes on in the next; it has the number of its first. */
function logicalLines(text: string): { readonly line: number; readonly text: string }[] {
  const lines: { readonly line: number; readonly text: string }[] = [];
  let goesOn = false;
  for (const [index, physical] of text.split('\n').entries()) {
    const begun = goesOn ? lines.pop() : undefined;
    goesOn = physical.endsWith('\\');
    const content = goesOn ? physical.slice(0, -1) : physical;
    lines.push(begun === undefined ? { line: index + 1, text: content } : { line: begun.line, text: `${begun.text} ${content}` });
  }
  return lines;
}

type Step =
  | { readonly includes: string; readonly type: PamType | undefined }
  | (Pick<PamLine, 'type' | 'control' | 'module'> & { readonly includes?: undefined });

function parseLine(text: string): Step | undefined {
  const [, included] = /^@include\s+(\S+)/.exec(text) ?? [];
  if (included !== undefined) return { includes: included, type: undefined };
  const [, type, control = '', module = ''] = LINE.exec(text) ?? [];
  if (type === undefined) return undefined;
  if (control === 'include' || control === 'substack') return { includes: module, type: type as PamType };
  return { type: type as PamType, control, module: basename(module).replace(/\.so$/, '') };
}
