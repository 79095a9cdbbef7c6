/**
 * Takes from an entry what the source's rules want to know of the end and the locks of its account.
 */
import type { RawAccount } from '../../directory/account-limits.ts';
import { type AccountAttribute, type AccountRule, ATTRIBUTES_OF_RULE } from '../../directory/account-rules.ts';
import type { RawValues } from '../../directory/validate.ts';
import type { DecodedEntry } from './entry-decoder.ts';

/** As the rules name them, but for the one that has a place in the attribute map. @param expire what the map calls it */
export function accountAttributes(rules: readonly AccountRule[], expire: string): readonly string[] {
  return namesOf(rules, expire).map(([, name]) => name);
}

export class AccountReader {
  /** In lower case. */
  readonly attributes: readonly string[];
  readonly #names: readonly (readonly [AccountAttribute, string])[];

  /** @param expire the attribute of shadowExpire, in lower case */
  constructor(rules: readonly AccountRule[], expire: string) {
    this.#names = namesOf(rules, expire).map(([attribute, name]) => [attribute, name.toLowerCase()]);
    this.attributes = this.#names.map(([, name]) => name);
  }

  /** Undefined when the entry has none of them. */
  read(entry: DecodedEntry): RawAccount | undefined {
    let account: { [Attribute in AccountAttribute]?: RawValues } | undefined;
    for (const [attribute, name] of this.#names) {
      const values = entry.values(name);
      if (values.length === 0) continue;
      account ??= {};
      account[attribute] = values;
    }
    return account;
  }
}

function namesOf(rules: readonly AccountRule[], expire: string): (readonly [AccountAttribute, string])[] {
  const attributes = [...new Set(rules)].flatMap((rule) => ATTRIBUTES_OF_RULE[rule]);
  return attributes.map((attribute) => [attribute, attribute === 'shadowExpire' ? expire : attribute]);
}
