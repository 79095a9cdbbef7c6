/**
 * Who could change what sshd and NSS go by: owner and mode of each file and of every folder above it.
 */
import type { PathOwners, PathStep } from '../../host/path-owners.ts';
import { type Finding, type FindingCode, finding, found, notChecked, type Verdict } from './finding.ts';
import { shellPath } from './shell-path.ts';

const STICKY = 0o1000;
const MISSING = 'apt-get install --reinstall holdfast';

export interface PathFacts {
  readonly path: string;
  readonly owners: PathOwners;
  /** Besides root: who runs this below a root of their own. */
  readonly owner: number;
}

/** sshd demands it of the command it runs; so does holdfast of its own, where another program stands before it. */
export function judgeCommandPath({ path, owners, owner }: PathFacts): Verdict {
  if (owners.kind === 'absent') return found(finding('lookup-missing', `there is no ${path}`, MISSING));
  if (owners.kind === 'unreadable') return notChecked(`${path}: ${owners.reason}`);
  const unsafe = owners.steps.flatMap((step) => judgeStep('lookup-unsafe', step, owner, 0));
  const [command] = owners.steps;
  if (command?.kind !== 'file') return found(...unsafe, finding('lookup-missing', `${path} is no file`, MISSING));
  const closed =
    (command.mode & 0o005) === 0o005
      ? []
      : [
          finding(
            'lookup-closed',
            `${path} has mode ${octal(command.mode)}: others may not read and run it`,
            `chmod 0755 ${shellPath(path)}`,
          ),
        ];
  return found(...unsafe, ...closed, ...owners.steps.slice(1).flatMap((step) => judgePassage('lookup-closed', step)));
}

/** Of the folder with generations. */
export function judgeStatePath({ path, owners, owner }: PathFacts): Verdict {
  if (owners.kind === 'absent') return notChecked(`${path}: nothing was committed yet`);
  if (owners.kind === 'unreadable') return notChecked(`${path}: ${owners.reason}`);
  const { steps } = owners;
  return found(...steps.flatMap((step) => [...judgeStep('state-unsafe', step, owner, STICKY), ...judgePassage('state-closed', step)]));
}

/** Snapshots and records: root's alone. */
export function judgePrivateState({ path, owners, owner }: PathFacts): Verdict {
  if (owners.kind !== 'found') return owners.kind === 'absent' ? found() : notChecked(`${path}: ${owners.reason}`);
  const [folder] = owners.steps;
  if (folder === undefined) return found();
  if (folder.uid !== 0 && folder.uid !== owner) return found(...judgeStep('state-unsafe', folder, owner, 0));
  if ((folder.mode & 0o077) === 0) return found();
  return found(finding('state-open', `${path} has mode ${octal(folder.mode)}; wanted: 0700`, `chmod 0700 ${shellPath(path)}`));
}

/** The file itself is judged when it is read. */
export function judgeConfigurationPath({ path, owners, owner }: PathFacts): Verdict {
  if (owners.kind === 'absent') return found();
  if (owners.kind === 'unreadable') return notChecked(`${path}: ${owners.reason}`);
  return found(...owners.steps.slice(1).flatMap((step) => judgeStep('configuration-unsafe', step, owner, STICKY)));
}

/** @param tolerated a mode bit with which others may write: in a sticky folder they cannot replace what is another's */
function judgeStep(code: FindingCode, { path, uid, mode }: PathStep, owner: number, tolerated: number): Finding[] {
  if (uid !== 0 && uid !== owner) return [finding(code, `${path} is owned by uid ${uid}; wanted: root`, `chown root ${shellPath(path)}`)];
  if ((mode & 0o022) === 0 || (mode & tolerated) !== 0) return [];
  return [finding(code, `${path} has mode ${octal(mode)}: others than root may write there`, `chmod go-w ${shellPath(path)}`)];
}

function judgePassage(code: FindingCode, { path, kind, mode }: PathStep): Finding[] {
  if (kind !== 'folder' || (mode & 0o001) !== 0) return [];
  return [finding(code, `folder ${path} has mode ${octal(mode)}: others may not enter it`, `chmod o+x ${shellPath(path)}`)];
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
