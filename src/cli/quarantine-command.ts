/**
 * `holdfast quarantine`: what is withheld or adjusted, by reason.
 */
import { quote, type Rejection, type Verdict } from '../directory/rejection.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openHost } from '../sync/context.ts';
import { listQuarantine, type QuarantineReport } from '../sync/quarantine.ts';
import { invocationOf, outputOf, type QuarantineCommandOptions } from './invocation.ts';
import { SCREEN_WIDTH, wrap } from './rows.ts';
import { describeSources } from './why-phrases.ts';

export function runQuarantine(options: QuarantineCommandOptions): ExitStatus {
  const output = outputOf(options);
  const report = listQuarantine(openHost(invocationOf(options)), options.code);
  if (output.json) output.resultJson(report);
  else output.result(renderQuarantine(report, options.code));
  return report.groups.length === 0 && report.unlisted.length === 0 ? exitStatus.ok : exitStatus.no;
}

function renderQuarantine(report: QuarantineReport, code: string | undefined): string {
  const sources = describeSources(report.sources).map((line) => `  of ${line}\n`);
  return [`${wrap(summarize(report, code), SCREEN_WIDTH).join('\n')}\n${sources.join('')}`, ...report.groups.map(renderGroup)].join('\n');
}

function summarize({ groups, codes, unlisted }: QuarantineReport, code: string | undefined): string {
  if (unlisted.length > 0) {
    const counts = unlisted.map((finding) => `${finding.count} ${finding.verdict} (${finding.code})`).join(', ');
    return `the last run found ${counts}, and kept nothing of the directory, so nothing can be listed: holdfast sync says what it finds`;
  }
  const which = code === undefined ? '' : ` with code ${quote(code)}`;
  const counts = (['quarantined', 'adjusted'] as const).flatMap((verdict) => countOf(groups, verdict));
  if (counts.length > 0) return `${counts.join(', ')}${which}`;
  const others = code === undefined || codes.length === 0 ? '' : `; the codes here: ${codes.join(', ')}`;
  return `nothing is quarantined or adjusted${which}${others}`;
}

const MEANING: Readonly<Record<Verdict, string>> = { quarantined: 'not shown', adjusted: 'shown with a value of ours' };

function countOf(groups: QuarantineReport['groups'], verdict: Verdict): string[] {
  const number = groups.filter((group) => group.verdict === verdict).reduce((sum, { findings }) => sum + findings.length, 0);
  return number === 0 ? [] : [`${number} ${verdict} (${MEANING[verdict]})`];
}

function renderGroup({ verdict, code, findings }: QuarantineReport['groups'][number]): string {
  return [`${verdict}: ${code} (${findings.length})`, ...findings.flatMap(describeFinding)].map((line) => `${line}\n`).join('');
}

function describeFinding({ map, key, reason, dn }: Rejection): string[] {
  const isLabel = dn === undefined || dn === key;
  return [...wrap(`  ${map} ${key}: ${reason}`, SCREEN_WIDTH), ...(isLabel ? [] : [`    ${dn}`])];
}
