/**
 * sshd_config with what it includes, in sshd's order; the first value wins.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPamStack } from '../../src/host/pam-stack.ts';
import { readSshdConfigFiles } from '../../src/host/sshd-config-files.ts';
import { ScratchRoot } from '../cli/command.ts';

let root: ScratchRoot;

beforeEach(async () => {
  root = await ScratchRoot.create();
});

afterEach(async () => await root[Symbol.asyncDispose]());

function read(): string[] {
  const { lines } = readSshdConfigFiles({ root: root.path, etc: join(root.path, 'etc') });
  return lines.map(
    ({ file, line, keyword, value, match }) =>
      `${file.slice(file.lastIndexOf('/') + 1)}:${line} ${keyword} ${value}${match === undefined ? '' : ` [${match}]`}`,
  );
}

test('files are read where the Include stands, by name, below the root', async () => {
  await root.write('etc/ssh/sshd_config', '# Port 1\nPort 22\nInclude /etc/ssh/sshd_config.d/*.conf "more files/x"\nUsePAM=yes\n');
  await root.write('etc/ssh/sshd_config.d/20-b.conf', 'UsePAM no\n');
  await root.write('etc/ssh/sshd_config.d/10-a.conf', '  Port   2222\n');
  await root.write('etc/ssh/sshd_config.d/README', 'Port 1\n');
  await root.write('etc/ssh/more files/x', 'Banner none');
  expect(read()).toEqual([
    'sshd_config:2 port 22',
    '10-a.conf:1 port 2222',
    '20-b.conf:1 usepam no',
    'x:1 banner none',
    'sshd_config:4 usepam yes',
  ]);
});

test('a Match block ends with its file, and "Match all" ends one', async () => {
  await root.write(
    'etc/ssh/sshd_config',
    'Include sshd_config.d/a\nPort 1\nMatch User x\nPort 2\nInclude sshd_config.d/b\nMatch all\nPort 4\n',
  );
  await root.write('etc/ssh/sshd_config.d/a', 'Match Group g\nPort 0\n');
  await root.write('etc/ssh/sshd_config.d/b', 'Port 3\n');
  expect(read()).toEqual([
    'a:2 port 0 [Group g]',
    'sshd_config:2 port 1',
    'sshd_config:4 port 2 [User x]',
    'b:1 port 3 [User x]',
    'sshd_config:7 port 4',
  ]);
});

test('what includes itself ends, and what is no file is said', async () => {
  await root.write('etc/ssh/sshd_config', 'Include sshd_config\nInclude sshd_config.d/*\nPort 1\n');
  await mkdir(join(root.path, 'etc/ssh/sshd_config.d/folder'), { recursive: true });
  const { lines, unread } = readSshdConfigFiles({ root: root.path, etc: join(root.path, 'etc') });
  expect(lines.length).toBeLessThan(100);
  expect(unread[0]).toEqual({ file: join(root.path, 'etc/ssh/sshd_config.d/folder'), reason: 'it is no regular file' });
});

test('PAM follows @include, include and substack, the latter two for one type', async () => {
  await root.write('etc/pam.d/sshd', '# x\n@include common-account\nauth substack extra\n-session optional pam_systemd.so\n');
  await root.write('etc/pam.d/common-account', 'account [success=1 default=ignore] \\\n  /lib/security/pam_unix.so\n@include sshd\n');
  await root.write('etc/pam.d/extra', 'auth required pam_env.so\nsession required pam_ldap.so\n');
  const stack = readPamStack({ etc: join(root.path, 'etc') });
  const modules = stack.kind === 'lines' ? new Set(stack.lines.map(({ type, module }) => `${type} ${module}`)) : new Set();
  expect(modules).toEqual(new Set(['account pam_unix', 'auth pam_env', 'session pam_systemd']));
});
