/**
 * References to where a host's access groups are written.
 */
export type HostGroupReference =
  | { readonly kind: 'file'; readonly path: string }
  /** The value of an EC2 instance tag, as instance metadata shows it. */
  | { readonly kind: 'imds-tag'; readonly tag: string }
  /** The value of a line `# holdfast: KEY = value` in EC2 user data. */
  | { readonly kind: 'user-data'; readonly key: string };

/** What EC2 demands of the names of tags that instance metadata shows. */
const TAG = /^(?!\.{1,2}$|_index$)[A-Za-z0-9+\-=._,:@]{1,128}$/;
const KEY = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Undefined when the text is no reference. */
export function parseHostGroupReference(text: string): HostGroupReference | undefined {
  const [, kind, rest = ''] = /^(file|imds-tag|user-data):(.+)$/s.exec(text) ?? [];
  if (kind === 'file' && rest.startsWith('/')) return { kind, path: rest };
  if (kind === 'imds-tag' && TAG.test(rest)) return { kind, tag: rest };
  if (kind === 'user-data' && KEY.test(rest)) return { kind, key: rest };
  return undefined;
}

/** @param configured `access.host_groups`, of which "none" is no reference */
export function hostGroupReferences(configured: string | readonly string[]): readonly string[] {
  if (typeof configured !== 'string') return [...new Set(configured)];
  return configured === 'none' ? [] : [configured];
}
