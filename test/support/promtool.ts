/**
 * The program of Prometheus that judges metrics and alert rules.
 */
import { type ProgramResult, runProgram } from './running-program.ts';

const PROMTOOL = '/var/cache/holdfast-tests/prometheus/promtool';

/** Parses, and warns of names and types that are against the conventions. */
export async function checkMetrics(file: string): Promise<ProgramResult> {
  return await runProgram(['sh', '-c', 'exec "$0" check metrics <"$1"', PROMTOOL, file]);
}

export async function checkRules(file: string): Promise<ProgramResult> {
  return await runProgram([PROMTOOL, 'check', 'rules', file]);
}

export async function testRules(file: string): Promise<ProgramResult> {
  return await runProgram([PROMTOOL, 'test', 'rules', file]);
}
