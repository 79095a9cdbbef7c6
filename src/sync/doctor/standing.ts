/**
 * What `status` judges already, with the codes of `doctor`: the last run, ages, what is held and who waits.
 */
import type { CurrentGeneration } from '../../caches/generation.ts';
import type { RunRecord } from '../../state/run-record.ts';
import { checkManifest } from '../status/problems.ts';
import type { StatusProblem } from '../status/problem.ts';
import type { StatusCheck, StatusChecks } from '../status/status.ts';
import { count } from '../phrases.ts';
import { INSTALL_DROP_IN } from './sshd.ts';
import { type FindingCode, finding, found, type Verdict } from './finding.ts';

/** Where there is none, another check of `doctor` looks at the same, and closer. */
const CODES: Readonly<Record<StatusCheck, FindingCode | undefined>> = {
  pin: 'pinned',
  held: 'removals-held',
  configuration: undefined,
  caches: undefined,
  lastRun: 'run-failed',
  audit: 'audit-incomplete',
  age: 'source-stale',
  access: 'access-nowhere',
  hostAccess: 'access-groups-unread',
  certificates: undefined,
  warnings: 'run-warning',
  heldRecord: 'held-record-damaged',
  ledger: 'uid-ledger-missing',
  contested: 'uid-waits',
  sshdDropIn: 'sshd-drop-in',
  emergency: 'emergency',
};

export function judgeStatus(checks: StatusChecks, check: StatusCheck): Verdict {
  const code = CODES[check];
  return code === undefined ? found() : found(...asFindings(code, checks[check]));
}

function asFindings(code: FindingCode, problems: readonly StatusProblem[]): Verdict['findings'] {
  return problems.map(({ text, hint }) => finding(code, text, code === 'sshd-drop-in' ? INSTALL_DROP_IN : asCommand(hint)));
}

/** `holdfast sync, which …` is for a reader; what comes after the command becomes a comment. */
function asCommand(hint: string): string {
  const [, command, rest] = /^(holdfast(?: [a-z-]+)+), (.*)$/s.exec(hint) ?? [];
  return command === undefined ? hint : `${command}   # ${rest}`;
}

/** @param misread what the reader's own search does not find, though every file is as it was committed */
export function judgeGeneration(current: CurrentGeneration, misread: string | undefined): Verdict {
  switch (current.state) {
    case 'none':
      return found(...asFindings('caches-none', checkManifest(undefined)));
    case 'damaged':
      return found(...asFindings('caches-damaged', checkManifest(current.fault)));
    case 'whole':
      if (misread !== undefined)
        return found(finding('caches-damaged', misread, 'holdfast sync   # and report it, for this should not happen'));
      return found(...asFindings('caches-nobody', checkManifest(current.generation.manifest)));
  }
}

/** Counted in the last run. */
export function judgeQuarantine(lastRun: RunRecord): Verdict {
  const withheld = lastRun.findings.filter(({ verdict }) => verdict === 'quarantined');
  if (withheld.length === 0) return found();
  const total = withheld.reduce((sum, one) => sum + one.count, 0);
  const kinds = withheld.map((one) => `${one.code} ${one.count}`).join(', ');
  return found(
    finding(
      'quarantined',
      `${count(total, 'entry or key is', 'entries and keys are')} quarantined: ${kinds}`,
      'holdfast quarantine   # says which and why; mend them in the directory',
    ),
  );
}
