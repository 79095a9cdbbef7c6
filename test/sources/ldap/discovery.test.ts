/**
 * What directories of several makers say of themselves, as it is taken for a first configuration.
 */
import { describe, expect, test } from 'vitest';
import type { DecodedEntry } from '../../../src/sources/ldap/entry-decoder.ts';
import type { FewEntries } from '../../../src/sources/ldap/few-entries.ts';
import { describeServer, detectKeyAttribute, detectSchema, type ServerDescription } from '../../../src/sources/ldap/discovery.ts';

type Values = Readonly<Record<string, readonly string[]>>;

function entryOf(values: Values): DecodedEntry {
  return { dn: '', values: (attribute) => values[attribute] ?? [], range: () => undefined };
}

async function describeRoot(values: Values): Promise<ServerDescription> {
  return await describeServer({ readEntry: async () => await Promise.resolve(entryOf(values)) });
}

/** A directory in which these filters find somebody. */
function withEntriesFor(...parts: readonly string[]): { readFew: (few: FewEntries) => Promise<DecodedEntry[]> } {
  return { readFew: async ({ filter }) => await Promise.resolve(parts.some((part) => filter.includes(part)) ? [entryOf({})] : []) };
}

const PAGED = '1.2.840.113556.1.4.319';
const plain: ServerDescription = {
  contexts: [],
  defaultContext: undefined,
  pages: true,
  syncs: false,
  isActiveDirectory: false,
  vendor: undefined,
};

describe('describeServer', () => {
  test('of Active Directory: the domain, without its configuration and zones', async () => {
    const domain = 'DC=ad,DC=test';
    const found = await describeRoot({
      namingcontexts: [domain, `CN=Configuration,${domain}`, `CN=Schema,CN=Configuration,${domain}`, `DC=DomainDnsZones,${domain}`],
      defaultnamingcontext: [domain],
      supportedcontrol: [PAGED],
      supportedcapabilities: ['1.2.840.113556.1.4.800'],
    });
    expect(found).toEqual({
      contexts: [domain],
      defaultContext: domain,
      pages: true,
      syncs: false,
      isActiveDirectory: true,
      vendor: 'Active Directory',
    });
  });

  test('of 389-ds with FreeIPA: without the certificate system', async () => {
    const found = await describeRoot({
      namingcontexts: ['cn=changelog', 'dc=ipa,dc=test', 'o=ipaca'],
      defaultnamingcontext: ['dc=ipa,dc=test'],
      supportedcontrol: [PAGED, '1.3.6.1.4.1.4203.1.9.1.1'],
      vendorname: ['389 Project'],
      vendorversion: ['389-Directory/2.3\u001b[31m'],
    });
    expect(found).toMatchObject({ contexts: ['dc=ipa,dc=test'], pages: true, syncs: true });
    expect(found.vendor).not.toContain('\u001b');
  });

  test('of one that says nothing', async () => {
    expect(await describeServer({ readEntry: async () => await Promise.resolve(undefined) })).toEqual({ ...plain, pages: false });
  });
});

test.each([
  ['ad', { ...plain, isActiveDirectory: true }, []],
  ['ipa', plain, ['ipaUniqueID', 'member=*']],
  ['rfc2307', plain, ['memberUid=*', '(member=*)']],
  ['rfc2307bis', plain, ['(member=*)']],
  ['rfc2307', plain, []],
] as const)('detectSchema: %s', async (schema, server, entries) => {
  expect(await detectSchema(withEntriesFor(...entries), 'dc=x', server)).toBe(schema);
});

test.each([
  ['rfc2307', ['sshPublicKey=*'], undefined],
  ['rfc2307', ['nsSshPublicKey=*'], 'nsSshPublicKey'],
  ['ad', ['altSecurityIdentities=ssh-*'], 'altSecurityIdentities'],
  ['ipa', ['ipaSshPubKey=*', '(sshPublicKey=*)'], undefined],
  ['ad', [], undefined],
] as const)('detectKeyAttribute of %s with %j: %s', async (schema, entries, attribute) => {
  expect(await detectKeyAttribute(withEntriesFor(...entries), 'dc=x', schema)).toBe(attribute);
});
