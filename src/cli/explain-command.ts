/**
 * `holdfast explain`.
 */
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { explain, explainAll, type Explained } from '../sync/explain/explain.ts';
import { type JsonOption, outputOf } from './invocation.ts';

/** Of a terminal that nobody has widened. */
const WIDTH = 79;
/** Of the word before each paragraph. */
const LABEL = 11;

export function runExplain(codes: readonly string[], options: JsonOption): ExitStatus {
  const output = outputOf(options);
  const explained = codes.length === 0 ? explainAll().flatMap((group) => group.explained) : [...new Set(codes)].map(explain);
  if (output.json) output.resultJson({ codes: explained });
  else output.result(codes.length === 0 ? renderAll() : explained.map(renderOne).join('\n'));
  return exitStatus.ok;
}

function renderAll(): string {
  const groups = explainAll().map(({ title, explained }) => {
    const width = Math.max(...explained.map(({ code }) => code.length));
    return [title, ...explained.map(({ code, means }) => `  ${code.padEnd(width)}  ${shortened(means, WIDTH - width - 4)}`)].join('\n');
  });
  return `${groups.join('\n\n')}\n\nholdfast explain CODE says more of one.\n`;
}

function renderOne({ code, means, matters, remedies, exitStatus: status }: Explained): string {
  const lines = [
    ...paragraph('means', means),
    ...paragraph('meanwhile', matters),
    ...remedies.flatMap((remedy, index) => paragraph(index === 0 ? 'do' : '', remedy)),
    ...paragraph('status', status),
  ];
  return `${[code, ...lines].join('\n')}\n`;
}

function paragraph(label: string, text: string): string[] {
  return wrap(text, WIDTH - LABEL - 2).map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL)}${line}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}…`;
}
