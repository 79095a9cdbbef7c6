/**
 * Options that every command takes, as commander hands them over.
 */
import type { ExitStatus } from '../exit-status.ts';
import type { Invocation } from '../sync/context.ts';
import { Output } from './render.ts';

/** What a command's action leaves for `main` to exit with. */
export type Settle = (status: ExitStatus) => void;

export interface GlobalOptions {
  readonly root: string;
  readonly config?: string;
}

export interface JsonOption {
  readonly json?: boolean;
}

export interface SyncCommandOptions extends GlobalOptions, JsonOption {
  readonly dryRun?: boolean;
  /** True, or the digest of what is approved. */
  readonly approveRemovals?: boolean | string;
}

export interface EmergencyCommandOptions extends GlobalOptions, JsonOption {
  readonly approveRemovals?: boolean;
}

export interface StatusCommandOptions extends GlobalOptions, JsonOption {
  /** Seconds between two looks. */
  readonly watch?: number;
}

export interface WhyCommandOptions extends GlobalOptions, JsonOption {
  readonly group?: string;
}

export interface WhoCommandOptions extends GlobalOptions, JsonOption {
  readonly at?: string;
}

export interface QuarantineCommandOptions extends GlobalOptions, JsonOption {
  readonly code?: string;
}

export function invocationOf({ root, config }: GlobalOptions): Invocation {
  return { root, config, isRoot: process.geteuid?.() === 0, now: () => new Date() };
}

export function outputOf({ json }: JsonOption): Output {
  return new Output({ json: json ?? false });
}
