/**
 * `holdfast setup`: what would change as a diff that patch(1) could read, what was changed, what was put back.
 */
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { PARTS, type Part, type PlanOptions, type SetupPlan } from '../sync/setup/plan.ts';
import { applySetup, previewSetup, undoSetup, type UndoResult } from '../sync/setup/setup.ts';
import type { UndoPlan } from '../sync/setup/undo.ts';
import { diffOf } from '../sync/setup/show.ts';
import { count } from '../sync/phrases.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';
import type { Output } from './render.ts';

export interface SetupCommandOptions extends GlobalOptions, JsonOption {
  readonly apply?: boolean;
  readonly undo?: boolean;
  readonly skip?: readonly Part[];
  readonly chain: boolean;
}

export async function runSetup(options: SetupCommandOptions, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  if (options.undo) return reportUndo(await undoSetup(invocationOf(options), signal), output);
  const skipped = new Set(options.skip);
  const plan: PlanOptions = { parts: new Set(PARTS.filter((part) => !skipped.has(part))), chains: options.chain, signal };
  return options.apply ? await apply(options, plan, output) : await preview(options, plan, output);
}

async function preview(options: SetupCommandOptions, planOptions: PlanOptions, output: Output): Promise<ExitStatus> {
  const plan = await previewSetup(invocationOf(options), planOptions);
  const isNothing = plan.changes.length === 0 && plan.units.length === 0;
  if (output.json) {
    output.resultJson({ wouldChange: !isNothing, ...planJson(plan) });
    return isNothing ? exitStatus.ok : exitStatus.no;
  }
  output.result(isNothing ? 'nothing to do: this host is wired\n' : renderPlan(plan));
  sayLeft(plan.left, output);
  if (!isNothing) output.hint('to do it, with a way back (holdfast setup --undo): holdfast setup --apply');
  return isNothing ? exitStatus.ok : exitStatus.no;
}

async function apply(options: SetupCommandOptions, planOptions: PlanOptions, output: Output): Promise<ExitStatus> {
  const result = await applySetup(invocationOf(options), planOptions);
  const left = [...result.plan.left, ...(result.kind === 'done' ? result.left : [])];
  if (output.json) output.resultJson({ result: result.kind, ...planJson(result.plan), left, ...outcomeJson(result) });
  switch (result.kind) {
    case 'nothing':
      if (!output.json) output.result('nothing to do: this host is wired\n');
      sayLeft(left, output);
      return exitStatus.ok;
    case 'rolled-back':
      return reportRollBack(result, output);
    case 'done':
      if (!output.json) output.result(renderDone(result.plan, result.record.folder));
      sayLeft(left, output);
      output.hint('see that it is well: holdfast doctor; to put it back: holdfast setup --undo');
      return exitStatus.ok;
  }
}

function reportUndo(result: UndoResult, output: Output): ExitStatus {
  if (output.json)
    output.resultJson({ result: result.kind, ...(result.kind === 'conflict' ? { conflicts: result.conflicts } : outcomeJson(result)) });
  switch (result.kind) {
    case 'nothing':
      if (!output.json) output.result('nothing to undo: setup has changed nothing here\n');
      return exitStatus.ok;
    case 'conflict':
      if (!output.json) output.result(result.conflicts.map(({ diff }) => plain(diff)).join(''));
      output.event(
        'error',
        `nothing was put back: ${count(result.conflicts.length, 'file was', 'files were')} changed since setup`,
        'setup-conflict',
        {
          files: result.conflicts.length,
        },
      );
      output.hint('take these changes out again, then: holdfast setup --undo');
      return exitStatus.no;
    case 'rolled-back':
      return reportRollBack(result, output);
    case 'done':
      if (!output.json) output.result(renderUndone(result.plan));
      sayLeft(result.left, output);
      return exitStatus.ok;
  }
}

function reportRollBack(result: { readonly faults: readonly string[]; readonly stuck: readonly string[] }, output: Output): ExitStatus {
  for (const fault of result.faults) output.event('error', `a check failed: ${plain(fault)}`, 'setup-check', { fault });
  for (const one of result.stuck) output.event('error', `could not be put back: ${plain(one)}`, 'setup-stuck', { fault: one });
  if (result.stuck.length === 0) output.event('info', 'everything was put back: this host is as it was', 'setup-rolled-back', {});
  else output.hint('copies of what was there before are in the private state, in setup/; then: holdfast setup --undo');
  return exitStatus.cacheFailure;
}

function outcomeJson(result: { readonly kind: string }): object {
  if ('faults' in result && 'stuck' in result) return { faults: result.faults, stuck: result.stuck };
  return {};
}

function renderUndone({ steps, units }: UndoPlan): string {
  const lines = [...steps.map(({ path }) => `put back: ${path}`), ...units.map(({ unit }) => `as before: ${unit}`)];
  return lines.length === 0 ? 'everything was as before already\n' : lines.map((line) => `${line}\n`).join('');
}

function renderPlan({ changes, units }: SetupPlan): string {
  return [
    ...changes.map((change) => plain(diffOf(change))),
    ...units.map(({ unit }) => `# and then: systemctl enable --now ${unit}\n`),
  ].join('');
}

function renderDone({ changes, units }: SetupPlan, folder: string): string {
  const lines = [
    ...changes.map(({ path, before }) => `${before.kind === 'absent' ? 'made' : 'changed'}: ${path}`),
    ...units.map(({ unit }) => `enabled and started: ${unit}`),
    `checked: NSS, sshd and the lookup command work; copies of what was there before: ${folder}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function planJson({ changes, units, left }: SetupPlan): object {
  return { changes: changes.map((change) => ({ path: change.path, diff: diffOf(change) })), enable: units.map(({ unit }) => unit), left };
}

function sayLeft(left: readonly string[], output: Output): void {
  for (const one of left) output.event('info', `left to you: ${plain(one)}`, 'setup-left', { what: one });
}

/** A file of somebody else's may drive a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' || character === '\t' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
