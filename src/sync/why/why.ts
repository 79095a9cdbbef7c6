/**
 * Why somebody can log in here, or cannot.
 */
import type { HostContext } from '../context.ts';
import { gatherFacts, type LoginFacts } from '../login-facts.ts';
import { readLastGood } from '../last-good.ts';
import { type Answer, answer } from './answer.ts';

export interface LoginReport extends LoginFacts, Answer {}

/** @throws HoldfastError `configuration`, `cache-failed` */
export function explainLogin(context: HostContext, login: string): LoginReport {
  const facts = gatherFacts(context, readLastGood(context), login);
  return { ...facts, ...answer(facts) };
}
