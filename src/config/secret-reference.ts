/**
 * References to secrets and certificates. The configuration names where one is; it never holds one.
 */
export type SecretReference = LocalReference | ParameterReference;

/** What this host has itself. */
export type LocalReference =
  | { readonly kind: 'file'; readonly path: string }
  /** A systemd credential: a file below `$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential=). */
  | { readonly kind: 'credential'; readonly id: string }
  | { readonly kind: 'env'; readonly variable: string };

/** A parameter of AWS Systems Manager, in the run's own region and account. */
export interface ParameterReference {
  readonly kind: 'ssm';
  /** As AWS takes it: `/name`, or `/name:3` for a version that shall stay. */
  readonly parameter: string;
}

/** 1,011 characters with the ARN's beginning, and 15 levels, says AWS; it says itself what it does not take. */
const PARAMETER = /^(?:\/[A-Za-z0-9_.-]+){1,15}(?::[1-9][0-9]{0,9})?$/;
const PARAMETER_MAX_LENGTH = 1011;

/** Undefined when the text is no reference. */
export function parseSecretReference(text: string): SecretReference | undefined {
  const [, kind, rest = ''] = /^(file|credential|env|ssm):(.+)$/s.exec(text) ?? [];
  if (kind === 'file' && rest.startsWith('/')) return { kind, path: rest };
  if (kind === 'credential' && /^[A-Za-z0-9._-]+$/.test(rest) && !/^\.{1,2}$/.test(rest)) return { kind, id: rest };
  if (kind === 'env' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)) return { kind, variable: rest };
  if (kind === 'ssm' && rest.length <= PARAMETER_MAX_LENGTH && PARAMETER.test(rest)) return { kind, parameter: rest };
  return undefined;
}

export function formatSecretReference(reference: SecretReference): string {
  switch (reference.kind) {
    case 'file':
      return `file:${reference.path}`;
    case 'credential':
      return `credential:${reference.id}`;
    case 'env':
      return `env:${reference.variable}`;
    case 'ssm':
      return `ssm:${reference.parameter}`;
  }
}
