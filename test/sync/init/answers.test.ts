/**
 * What is asked, and what is taken for an answer.
 */
import { describe, expect, test } from 'vitest';
import { type Ask, askForAccess, askForConnection, chooseBase } from '../../../src/sync/init/answers.ts';
import { configurationText } from '../../../src/sync/init/configuration-text.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { ScratchRoot } from '../../cli/command.ts';

/** Gives these answers, and keeps the questions. */
function asked(...answers: readonly string[]): { readonly ask: Ask; readonly questions: string[] } {
  const questions: string[] = [];
  const rest = [...answers];
  const ask = async (question: string): Promise<string> => {
    questions.push(question);
    return await Promise.resolve(rest.shift() ?? '');
  };
  return { ask, questions };
}

describe('chooseBase', () => {
  test('takes what was said, what the server says, or the only one there is', async () => {
    expect(await chooseBase({ base: 'dc=x' }, ['dc=a'], 'dc=b', undefined)).toBe('dc=x');
    expect(await chooseBase({}, ['dc=a', 'dc=b'], 'dc=b', undefined)).toBe('dc=b');
    expect(await chooseBase({}, ['dc=a'], undefined, undefined)).toBe('dc=a');
  });

  test('asks which of several, and lets no server write to the terminal', async () => {
    const { ask, questions } = asked('', 'dc=b');
    expect(await chooseBase({}, ['dc=a\u001b[2J', 'dc=b'], undefined, ask)).toBe('dc=b');
    expect(questions).toHaveLength(2);
    expect(questions.join('')).toContain('dc=b');
    expect(questions.join('')).not.toContain('\u001b');
  });

  test('is an error that names the option where nobody can be asked', async () => {
    await expect(chooseBase({}, ['dc=a', 'dc=b'], undefined, undefined)).rejects.toThrow('--base is missing');
    await expect(chooseBase({}, [], undefined, asked().ask)).rejects.toThrow('--base is missing');
  });
});

describe('askForConnection', () => {
  test('takes a name for ldaps, ldap:// for StartTLS, and files from where the manual has them', async () => {
    await using root = await ScratchRoot.create();
    expect(await askForConnection({}, root.path, asked('ldap-1.example.org', '').ask)).toEqual({
      uris: ['ldaps://ldap-1.example.org'],
      tls: {},
      bind: { method: 'anonymous' },
    });
    for (const name of ['ca.pem', 'client.crt', 'client.key']) await root.write(`etc/holdfast/tls/${name}`, '');
    const folder = `file:${root.path}/etc/holdfast/tls`;
    expect(await askForConnection({ uris: ['ldap://x'] }, root.path, undefined)).toEqual({
      uris: ['ldap://x'],
      tls: { mode: 'starttls', ca: `${folder}/ca.pem`, cert: `${folder}/client.crt`, key: `${folder}/client.key` },
      bind: { method: 'external' },
    });
    expect(await askForConnection({ uris: ['ldap://x'], tls: 'off', bind: 'anonymous' }, root.path, undefined)).toMatchObject({
      tls: { mode: 'off' },
    });
  });
});

test('askForAccess takes a star for everybody', async () => {
  expect(await askForAccess({}, asked('*').ask, [])).toEqual({ everyone: true });
  expect(await askForAccess({}, asked('web-prod, sre').ask, ['sre'])).toEqual({ groups: ['web-prod', 'sre'] });
  expect(await askForAccess({ groups: ['a'] }, undefined, [])).toEqual({ groups: ['a'] });
});

test('what somebody says ends up in its place of the configuration, whatever it is', () => {
  const nasty = 'dc=x"\n[access]\neveryone = true\u007f\\';
  const text = configurationText({
    connecting: { uris: ['ldaps://x'], tls: {}, bind: { method: 'simple', dn: nasty, password: 'file:/p' } },
    base: nasty,
    schema: 'ad',
    keyAttribute: 'altSecurityIdentities',
    uidRange: [1000, 2_000_000_000],
    gidRange: undefined,
    access: { groups: ['sre'] },
    found: nasty,
    day: '2026-11-24',
  });
  const config = parseConfig('it', text);
  expect(config.access).toMatchObject({ everyone: false, groups: ['sre'] });
  expect(config.policy.uid_range).toEqual([1000, 2_000_000_000]);
  expect(config.source[0]).toMatchObject({
    base: nasty,
    bind: { dn: nasty },
    schema: 'ad',
    users: { attributes: { key: 'altSecurityIdentities' } },
  });
});
