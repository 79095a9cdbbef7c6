/**
 * A login's keys, each as ssh-keygen -l shows it, with the verdict in front.
 */
import { keyLabel } from '../sync/keys/key-label.ts';
import type { LoginReport } from '../sync/why/why.ts';
import type { KeyReport, KeyVerdict } from '../sync/why/keys.ts';

const VERDICTS: readonly KeyVerdict[] = ['given', 'expired', 'refused', 'withheld', 'left over'];
const NOT_READ = 'refused';
const VERDICT_WIDTH = 'left over'.length + 2;

export function keyRows({ keys, keyFindings, entry, sharers }: LoginReport): string[] {
  if (keys.length === 0 && keyFindings.length === 0) return entry === undefined && sharers === undefined ? [] : ['none'];
  return [
    ...VERDICTS.flatMap((verdict) => keys.filter((key) => key.verdict === verdict)).flatMap(describeKey),
    ...keyFindings.map(({ verdict, code, reason }) => row(verdict === 'quarantined' ? NOT_READ : verdict, `${code}: ${reason}`)),
  ];
}

function describeKey(key: KeyReport): string[] {
  const { verdict, code, reason, options, owner } = key;
  return [
    row(verdict, keyLabel(key)),
    ...(owner === undefined ? [] : [row('', `of ${owner}`)]),
    ...(options === '' ? [] : [row('', `options: ${options}`)]),
    ...(code === undefined ? [] : [row('', `${code}: ${reason ?? ''}`)]),
  ];
}

function row(label: string, text: string): string {
  return `${label.padEnd(VERDICT_WIDTH)}${text}`;
}
