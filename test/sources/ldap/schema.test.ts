import { describe, expect, test } from 'vitest';
import { BerReader } from '../../../src/sources/ldap/message-reader.ts';
import {
  GroupReader,
  requestedGroupAttributes,
  requestedUserAttributes,
  type SchemaName,
  schemas,
  UserReader,
} from '../../../src/sources/ldap/schema.ts';
import type { RawGroup, RawUser } from '../../../src/directory/validate.ts';
import { type Entry, searchEntry } from '../../support/ldap-response.ts';

const { rfc2307, rfc2307bis, ipa } = schemas;

function entered(entry: Entry): BerReader {
  const { operation } = searchEntry(entry);
  const reader = new BerReader(operation, 0, operation.length);
  reader.enter(0x64);
  return reader;
}

function userOf(attributes: Entry['attributes'], map = rfc2307.user): RawUser {
  return new UserReader(map).read(entered({ dn: 'uid=alice,dc=example,dc=org', attributes }));
}

function groupOf(attributes: Entry['attributes'], map = rfc2307.group): RawGroup {
  return new GroupReader(map).read(entered({ dn: 'cn=sre,dc=example,dc=org', attributes })).group;
}

describe('UserReader', () => {
  test('reads a posixAccount with its shadow and its keys', () => {
    const user = userOf({
      uid: ['alice'],
      uidNumber: ['1001'],
      gidNumber: ['100'],
      gecos: ['Alice Example'],
      homeDirectory: ['/home/alice'],
      loginShell: ['/bin/bash'],
      entryUUID: ['d1b2'],
      sshPublicKey: ['ssh-ed25519 A', 'ssh-rsa B'],
      userPassword: ['{CRYPT}x'],
      shadowLastChange: ['19000'],
      shadowMin: ['0'],
      shadowMax: ['99999'],
      shadowWarning: ['7'],
      shadowInactive: ['30'],
      shadowExpire: ['25000'],
      shadowFlag: ['0'],
    });
    expect(user).toEqual({
      dn: 'uid=alice,dc=example,dc=org',
      id: ['d1b2'],
      name: ['alice'],
      nameType: 'uid',
      uid: ['1001'],
      gid: ['100'],
      gecos: ['Alice Example'],
      home: ['/home/alice'],
      shell: ['/bin/bash'],
      password: ['{CRYPT}x'],
      aging: { lastChange: ['19000'], min: ['0'], max: ['99999'], warning: ['7'], inactive: ['30'], expire: ['25000'], flag: ['0'] },
      keys: ['ssh-ed25519 A', 'ssh-rsa B'],
    });
  });

  test.each([
    ['its gecos', { gecos: ['Alice, Room 1'], cn: ['Alice'] }, ['Alice, Room 1']],
    ['its common name when gecos is missing', { cn: ['Alice'] }, ['Alice']],
    ['its common name when gecos is empty', { gecos: [''], cn: ['Alice'] }, ['Alice']],
    ['its common name when gecos is no UTF-8', { gecos: [Buffer.from([0xff])], cn: ['Alice'] }, ['Alice']],
    ['nothing when it has neither', {}, []],
  ])('calls a person by %s', (_what, attributes, gecos) => {
    expect(userOf(attributes).gecos).toEqual(gecos);
  });

  test('reads the attributes that the configuration names instead, in any case', () => {
    const map = { ...rfc2307.user, name: 'sAMAccountName', key: 'altSecurityIdentities' };
    const user = userOf({ samaccountname: ['alice'], uid: ['other'], ALTSECURITYIDENTITIES: ['ssh-ed25519 A'], sshPublicKey: ['no'] }, map);
    expect(user).toMatchObject({ name: ['alice'], nameType: 'samaccountname', keys: ['ssh-ed25519 A'] });
  });

  test('reads two things from one attribute when the configuration says so', () => {
    const user = userOf({ uid: ['alice'] }, { ...rfc2307.user, gecos: 'uid' });
    expect(user).toMatchObject({ name: ['alice'], gecos: ['alice'] });
  });

  test('reads an account of FreeIPA by its own id and keys', () => {
    const user = userOf(
      { uid: ['alice'], ipaUniqueID: ['7'], ipaSshPubKey: ['ssh-ed25519 A'], sshPublicKey: ['no'], entryUUID: ['no'] },
      ipa.user,
    );
    expect(user).toMatchObject({ id: ['7'], keys: ['ssh-ed25519 A'] });
  });
});

describe('GroupReader', () => {
  test('reads members by name and by DN', () => {
    const attributes = {
      cn: ['sre'],
      gidNumber: ['500'],
      entryUUID: ['9'],
      memberUid: ['alice', 'bob'],
      member: ['uid=carol,dc=example,dc=org'],
    };
    expect(groupOf(attributes)).toEqual({
      dn: 'cn=sre,dc=example,dc=org',
      id: ['9'],
      name: ['sre'],
      nameType: 'cn',
      gid: ['500'],
      memberNames: ['alice', 'bob'],
      memberDns: ['uid=carol,dc=example,dc=org'],
    });
  });

  test('reads the attributes that the configuration names instead', () => {
    const group = groupOf({ cn: ['sre'], uniqueMember: ['uid=carol'] }, { ...rfc2307.group, member_dn: 'uniqueMember' });
    expect(group.memberDns).toEqual(['uid=carol']);
  });
});

describe('what is asked for', () => {
  test('is what is read and no more, each attribute once', () => {
    expect(requestedGroupAttributes(rfc2307.group)).toEqual(['cn', 'gidNumber', 'entryUUID', 'memberUid', 'member']);
    expect(requestedUserAttributes({ ...rfc2307.user, gecos: 'cn' }, false).filter((name) => name === 'cn')).toEqual(['cn']);
  });

  test('includes password hashes only when they are wanted', () => {
    expect(requestedUserAttributes(rfc2307.user, false)).not.toContain('userPassword');
    expect(requestedUserAttributes(rfc2307.user, true)).toContain('userPassword');
  });

  test('includes the common name, which gecos falls back to', () => {
    expect(requestedUserAttributes(rfc2307.user, false)).toContain('cn');
  });
});

test.each<[SchemaName, string, string]>([
  ['rfc2307', rfc2307.userFilter, rfc2307.groupFilter],
  ['rfc2307bis', rfc2307bis.userFilter, rfc2307bis.groupFilter],
  ['ipa', ipa.userFilter, ipa.groupFilter],
])('%s searches people by posixAccount and groups by a class of their own', (_name, users, groups) => {
  expect(users).toBe('(objectClass=posixAccount)');
  expect(groups).toMatch(/posixGroup/);
});
