/**
 * Whether what serves goes together with this host's own accounts and shells.
 */
import type { PublishedView } from '../../directory/host-view.ts';
import type { LocalAccounts } from '../../directory/local-accounts.ts';
import { quote } from '../../directory/rejection.ts';
import { count, some } from '../phrases.ts';
import { type Finding, finding, found, type Verdict } from './finding.ts';

type Shown = Pick<PublishedView, 'passwd' | 'group' | 'keys'>;

const NAMES_SHOWN = 5;

/** A local account that was made since the last run: the next one leaves the directory's out. */
export function judgeCollisions(view: Pick<Shown, 'passwd' | 'group'>, local: LocalAccounts): Verdict {
  const localUids = new Map([...local.users].map(([name, uid]) => [uid, name]));
  const localGids = new Map([...local.groups].map(([name, gid]) => [gid, name]));
  return found(
    ...collide(
      'person',
      'uid',
      view.passwd.map(({ name, uid }) => ({ name, id: uid })),
      local.users,
      localUids,
    ),
    ...collide(
      'group',
      'gid',
      view.group.map(({ name, gid }) => ({ name, id: gid })),
      local.groups,
      localGids,
    ),
  );
}

function collide(
  kind: 'person' | 'group',
  number: 'uid' | 'gid',
  shown: readonly { readonly name: string; readonly id: number }[],
  byName: ReadonlyMap<string, number>,
  byId: ReadonlyMap<number, string>,
): Finding[] {
  const taken = shown.filter(({ name, id }) => byName.has(name) || byId.has(id));
  const [first] = taken;
  if (first === undefined) return [];
  const more = taken.length === 1 ? '' : `; and ${taken.length - 1} more`;
  const whose = byName.has(first.name)
    ? `a local ${kind === 'person' ? 'account' : 'group'} of that name`
    : `${number} ${first.id}, which is that of the local ${quote(byId.get(first.id) ?? '')}`;
  const what = `${kind} "${first.name}" of the directory has ${whose}${more}`;
  const change =
    kind === 'person'
      ? `usermod -u NEW-UID ${byId.get(first.id) ?? first.name}`
      : `groupmod -g NEW-GID ${byId.get(first.id) ?? first.name}`;
  return [finding('account-collision', what, `holdfast sync   # leaves the directory's out; or change the local one: ${change}`)];
}

/** @param isThere for a shell's path */
export function judgeShells({ passwd, keys }: Pick<Shown, 'passwd' | 'keys'>, isThere: (shell: string) => boolean): Verdict {
  const users = new Map<string, string[]>();
  for (const { name, shell } of passwd) if (keys.has(name)) users.set(shell, [...(users.get(shell) ?? []), name]);
  const missing = [...users].filter(([shell]) => shell !== '' && !isThere(shell));
  return found(
    ...missing.map(([shell, names]) => {
      const what = `there is no ${quote(shell)} here, the shell of ${count(names.length, 'person', 'people')} who may log in: ${some(names, NAMES_SHOWN)}`;
      return finding(
        'shell-missing',
        what,
        `apt-get install ${shell.slice(shell.lastIndexOf('/') + 1)}   # or override_shell in [policy], then: holdfast sync`,
      );
    }),
  );
}
