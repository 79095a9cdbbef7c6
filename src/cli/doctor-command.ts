/**
 * `holdfast doctor`: first whether something is wrong, then what, then how much is not.
 */
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { type CheckReport, type DoctorReport, examine } from '../sync/doctor/doctor.ts';
import type { Finding } from '../sync/doctor/finding.ts';
import { count } from '../sync/phrases.ts';
import { VERSION } from '../version.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';

export interface DoctorCommandOptions extends GlobalOptions, JsonOption {
  readonly verbose?: boolean;
  readonly offline?: boolean;
}

export async function runDoctor(options: DoctorCommandOptions, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  const report = await examine(invocationOf(options), { offline: options.offline ?? false, signal });
  if (output.json) output.resultJson(reportJson(report));
  else output.result(renderReport(report, options.verbose ?? false));
  return report.problems.length === 0 ? exitStatus.ok : exitStatus.no;
}

function renderReport(report: DoctorReport, isVerbose: boolean): string {
  const { checks, problems, warnings } = report;
  const blocks = [
    `${verdictOf(report)}\n`,
    ...[...problems, ...warnings].map(renderFinding),
    renderUnchecked(checks),
    isVerbose ? renderFine(checks.filter(isFine)) : '',
    `${fineOf(checks, isVerbose)}\n`,
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

function verdictOf({ checks, problems, warnings }: DoctorReport): string {
  const counts = [count(problems.length, 'problem', 'problems'), count(warnings.length, 'warning', 'warnings')];
  if (problems.length > 0) return `NOT WELL: ${counts.join(', ')}`;
  const unchecked = checks.filter(({ notChecked }) => notChecked.length > 0).length;
  const rest = unchecked === 0 ? '' : `; ${count(unchecked, 'check', 'checks')} could not be made, or not whole`;
  return warnings.length > 0 ? `no problem, ${counts[1]}${rest}` : `all is well${rest}`;
}

/** One line each, however long: the command is to be copied. */
function renderFinding({ severity, code, what, why, fix }: Finding): string {
  return [
    `${severity === 'problem' ? 'PROBLEM' : 'warning'}  ${plain(what)}`,
    `    why  ${plain(why)}`,
    `    fix  ${plain(fix)}`,
    `   code  ${code}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function renderUnchecked(checks: readonly CheckReport[]): string {
  const lines = checks.flatMap(({ name, notChecked }) => notChecked.map((reason) => `not checked: ${name}: ${plain(reason)}\n`));
  return lines.join('');
}

function renderFine(checks: readonly CheckReport[]): string {
  return checks.map(({ name, title }) => `fine: ${name}: ${title}\n`).join('');
}

function fineOf(checks: readonly CheckReport[], isVerbose: boolean): string {
  return `fine: ${checks.filter(isFine).length} of ${count(checks.length, 'check', 'checks')}${isVerbose ? '' : ' (holdfast doctor -v lists them)'}`;
}

/** What could not be looked at is not fine. */
function isFine({ findings, notChecked }: CheckReport): boolean {
  return findings.length === 0 && notChecked.length === 0;
}

/** What other people have written may drive a terminal, or look like another text. */
function plain(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? '; ' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function reportJson({ checks, problems, warnings }: DoctorReport): unknown {
  return {
    holdfast: VERSION,
    ok: problems.length === 0,
    problems: problems.length,
    warnings: warnings.length,
    findings: checks.flatMap(({ name, findings }) =>
      findings.map(({ severity, code, what, why, fix }) => ({ severity, code, check: name, what, why, fix })),
    ),
    notChecked: checks.flatMap(({ name, notChecked }) => notChecked.map((reason) => ({ check: name, reason }))),
    fine: checks.filter(isFine).map(({ name, title }) => ({ check: name, title })),
  };
}
