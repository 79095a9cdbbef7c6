/**
 * What counts in sshd for one login, as sshd itself says: `sshd -T -C user=…`, with every Match block and every file read.
 */
import { existsSync } from 'node:fs';
import { runProgram } from './program.ts';

export type SshdSettings =
  /** Keywords in lower case; one that may be said often has several values. */
  | { readonly kind: 'settings'; readonly values: ReadonlyMap<string, readonly string[]> }
  | { readonly kind: 'absent' }
  /** sshd refuses its own configuration: what it says. */
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const PATHS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'];
/** Milliseconds; it takes twenty. */
const PATIENCE = 5000;
/** TEST-NET-1 (RFC 5737): nobody's address, so that no Match block for a network of yours is taken for what everybody gets. */
const FROM = 'host=client.invalid,addr=192.0.2.1,laddr=192.0.2.2,lport=22';
/** Said where sshd was never started since boot: its own unit makes the folder. */
const NEVER_STARTED = 'Missing privilege separation directory';

export async function readSshdSettings(login: string, signal: AbortSignal): Promise<SshdSettings> {
  const path = PATHS.find((candidate) => existsSync(candidate));
  if (path === undefined) return { kind: 'absent' };
  const outcome = await runProgram([path, '-T', '-C', `user=${login},${FROM}`], { timeout: PATIENCE, signal });
  switch (outcome.kind) {
    case 'absent':
      return outcome;
    case 'late':
      return { kind: 'unknown', reason: `sshd -T gave no answer within ${outcome.seconds} s` };
    case 'failed':
      return { kind: 'unknown', reason: `sshd -T: ${outcome.reason}` };
    case 'ended':
      return outcome.status === 0 ? { kind: 'settings', values: parseSshdSettings(outcome.stdout.toString()) } : failureOf(outcome.stderr);
  }
}

export function parseSshdSettings(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const keyword = line.slice(0, space).toLowerCase();
    values.set(keyword, [...(values.get(keyword) ?? []), line.slice(space + 1).trim()]);
  }
  return values;
}

function failureOf(stderr: string): SshdSettings {
  if (stderr.includes(NEVER_STARTED))
    return { kind: 'unknown', reason: 'sshd was never started since boot (no /run/sshd), and says nothing then' };
  const lines = stderr.trim().split('\n');
  return { kind: 'refused', text: lines.slice(0, 3).join('; ') };
}
