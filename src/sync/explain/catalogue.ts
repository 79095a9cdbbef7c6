/**
 * Every stable code that holdfast prints, with its explanation, by where an operator meets it.
 */
import type { ErrorCode, ErrorDetail } from '../../errors.ts';
import { type ExitStatus, exitStatus, exitStatusOf } from '../../exit-status.ts';
import type { RejectionCode } from '../../directory/rejection.ts';
import { CODES_OF_DETAIL } from './detail-codes.ts';
import { ERRORS } from './errors.ts';
import type { Explanation } from './explanation.ts';
import { FINDINGS } from './findings.ts';
import { GUARDS } from './guards.ts';
import { HOST_DETAILS } from './host-details.ts';
import { NEWS } from './news.ts';
import { PROBLEMS } from './problems.ts';
import { AWS_DETAILS, CONNECTION_DETAILS } from './source-details.ts';
import { FIELD_REASONS, NAME_REASONS } from './withheld-entries.ts';
import { KEY_REASONS } from './withheld-keys.ts';

export interface ExplainGroup {
  readonly name: 'error' | 'detail' | 'guard' | 'withheld' | 'problem' | 'finding' | 'news';
  readonly title: string;
  readonly explanations: Readonly<Record<string, Explanation>>;
  /** Of the command that prints the code. */
  readonly exitStatusOf: (code: string) => string;
}

const DETAILS: Readonly<Record<ErrorDetail, Explanation>> = { ...CONNECTION_DETAILS, ...AWS_DETAILS, ...HOST_DETAILS };
const WITHHELD: Readonly<Record<RejectionCode, Explanation>> = { ...NAME_REASONS, ...FIELD_REASONS, ...KEY_REASONS };

const NEWS_STATUS: Readonly<Record<string, ExitStatus>> = { held: exitStatus.dataRefused, bug: exitStatus.bug };

export const CATALOGUE: readonly ExplainGroup[] = [
  {
    name: 'error',
    title: 'Errors, one for each exit status (code= in the journal)',
    explanations: ERRORS,
    exitStatusOf: (code) => String(exitStatusOf(code as ErrorCode)),
  },
  {
    name: 'detail',
    title: 'What exactly went wrong (detail= in the journal)',
    explanations: DETAILS,
    exitStatusOf: (code) => CODES_OF_DETAIL[code as ErrorDetail].map((error) => `${exitStatusOf(error)} (${error})`).join(' or '),
  },
  {
    name: 'guard',
    title: 'Guards that hold removals',
    explanations: GUARDS,
    exitStatusOf: () => `${exitStatus.dataRefused} of sync, ${exitStatus.no} of status`,
  },
  {
    name: 'withheld',
    title: 'Reasons why something is quarantined or adjusted',
    explanations: WITHHELD,
    exitStatusOf: () => `${exitStatus.ok} of sync, ${exitStatus.no} of quarantine`,
  },
  { name: 'problem', title: 'Problems that status finds', explanations: PROBLEMS, exitStatusOf: problemStatus },
  {
    name: 'finding',
    title: 'What doctor finds',
    explanations: FINDINGS,
    exitStatusOf: () => `${exitStatus.no} of doctor; ${exitStatus.ok} for a warning`,
  },
  {
    name: 'news',
    title: 'Warnings and news of a run (event= in the journal)',
    explanations: NEWS,
    exitStatusOf: (code) => (NEWS_STATUS[code] === undefined ? 'none of its own' : String(NEWS_STATUS[code])),
  },
];

function problemStatus(code: string): string {
  return `${code === 'configuration-wrong' ? exitStatus.configuration : exitStatus.no} of status`;
}
