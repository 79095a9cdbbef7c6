/**
 * References to secrets and certificates. The configuration names where one is; it never holds one.
 */
export type SecretReference =
  | { readonly kind: 'file'; readonly path: string }
  /** A systemd credential: a file below `$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential=). */
  | { readonly kind: 'credential'; readonly id: string }
  | { readonly kind: 'env'; readonly variable: string };

/** Undefined when the text is no reference. */
export function parseSecretReference(text: string): SecretReference | undefined {
  const [, kind, rest = ''] = /^(file|credential|env):(.+)$/s.exec(text) ?? [];
  if (kind === 'file' && rest.startsWith('/')) return { kind, path: rest };
  if (kind === 'credential' && /^[A-Za-z0-9._-]+$/.test(rest) && !/^\.{1,2}$/.test(rest)) return { kind, id: rest };
  if (kind === 'env' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)) return { kind, variable: rest };
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
  }
}
