import { describe, expect, test } from 'vitest';
import { chooseHome, chooseShell } from '../../src/policy/overrides.ts';
import { localAccounts, person, policy } from './sample-directory.ts';

const shellsFile = localAccounts({}, {}, ['/bin/bash', '/bin/zsh']);
const noShellsFile = localAccounts();

describe('chooseShell', () => {
  test.each([
    ['the shell of the directory', person('alice', { shell: '/bin/zsh' }), policy(), '/bin/zsh'],
    ['the default shell when the directory has none', person('alice'), policy({ defaultShell: '/bin/dash' }), '/bin/dash'],
    [
      'the override, whatever the directory has',
      person('alice', { shell: '/bin/zsh' }),
      policy({ overrideShell: '/usr/lib/holdfast/nologin' }),
      '/usr/lib/holdfast/nologin',
    ],
    ['the override when the directory has none', person('alice'), policy({ overrideShell: '/opt/menu' }), '/opt/menu'],
    ['nologin, listed or not', person('alice', { shell: '/usr/sbin/nologin' }), policy(), '/usr/sbin/nologin'],
    ['another nologin', person('alice', { shell: '/sbin/nologin' }), policy(), '/sbin/nologin'],
    ['false, listed or not', person('alice', { shell: '/bin/false' }), policy(), '/bin/false'],
    ['another false', person('alice', { shell: '/usr/bin/false' }), policy(), '/usr/bin/false'],
  ])('gives %s', (_what, user, hostPolicy, shell) => {
    expect(chooseShell(user, hostPolicy, shellsFile)).toEqual({ shell });
  });

  test('gives any shell on a host without /etc/shells', () => {
    expect(chooseShell(person('alice', { shell: '/opt/fish' }), policy(), noShellsFile)).toEqual({ shell: '/opt/fish' });
  });

  test.each([
    ['a shell that is not in /etc/shells', '/opt/fish'],
    ['a shell that is another spelling of a listed one', '/bin//bash'],
    ['a shell whose name only ends like nologin', '/opt/mynologin'],
    ['a shell whose name only begins like nologin', '/opt/nologin2'],
    ['a shell below a folder called nologin', '/opt/nologin/sh'],
    ['a shell in a home that calls itself nologin', '/home/alice/nologin'],
    ['a shell in /tmp that calls itself false', '/tmp/false'],
  ])('gives the default shell for %s, and says so', (_what, shell) => {
    expect(chooseShell(person('alice', { shell }), policy(), shellsFile)).toMatchObject({
      shell: '/bin/bash',
      adjusted: { code: 'shell-unlisted', reason: `shell "${shell}" is not in /etc/shells, shown with "/bin/bash"` },
    });
  });

  test('gives the default shell without a word where /etc/shells lists nothing and the directory has none', () => {
    expect(chooseShell(person('alice'), policy(), localAccounts({}, {}, []))).toEqual({ shell: '/bin/bash' });
  });
});

describe('chooseHome', () => {
  test.each([
    ['the home of the directory', person('alice', { home: '/srv/alice' }), policy(), '/srv/alice'],
    ['the template, whatever the directory has', person('alice', { home: '/srv/alice' }), policy({ home: '/home/{name}' }), '/home/alice'],
    ['the template when the directory has none', person('alice', { home: undefined }), policy({ home: '/home/{name}' }), '/home/alice'],
    ['the template with the name twice', person('alice'), policy({ home: '/home/{name}/{name}' }), '/home/alice/alice'],
    ['the template with the name in the middle', person('alice'), policy({ home: '/home/{name}/linux' }), '/home/alice/linux'],
    ['the template for a name with a dollar sign', person('host$'), policy({ home: '/home/{name}.d' }), '/home/host$.d'],
  ])('gives %s', (_what, user, hostPolicy, home) => {
    expect(chooseHome(user, hostPolicy)).toBe(home);
  });

  test('refuses a person without a home when there is no template', () => {
    expect(chooseHome(person('alice', { home: undefined }), policy())).toMatchObject({
      code: 'home-missing',
      reason: 'has no home directory, and [policy] home is not set',
    });
  });

  test('refuses a home that the template makes too long', () => {
    const home = `/${'a'.repeat(250)}/{name}`;
    expect(chooseHome(person('al'), policy({ home }))).toBe(`/${'a'.repeat(250)}/al`);
    expect(chooseHome(person('alice'), policy({ home }))).toMatchObject({ code: 'home-invalid' });
  });
});
