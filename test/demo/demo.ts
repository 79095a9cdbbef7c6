/**
 * `npm run demo`: holdfast on a host of its own, a directory of 200 people, a change, and an outage, as a transcript.
 *
 * Everything in it is real: OpenLDAP, libnss-cache, sshd, ssh and dist/holdfast. The machine itself stays as it is.
 * `npm run demo -- --keep` leaves directory and host running when the story is told, to be played with until Ctrl-C.
 */
import { prepareMachine, Refusal, runAsProgram } from './entry-point.ts';
import { keepStage } from './keep.ts';
import { PEOPLE_COUNT, setStage, type Stage } from './stage.ts';
import { Transcript } from './transcript.ts';

const LOOKUP_AS_NOBODY = 'runuser -u nobody -- /usr/lib/holdfast/authorized-keys';
const SSH = 'ssh -F ssh_config';

async function demo(signal: AbortSignal): Promise<void> {
  const isKept = readArguments(process.argv.slice(2));
  prepareMachine();
  signal.throwIfAborted();
  await using stage = await setStage(signal);
  const session = new Transcript(stage.shell, signal);
  await showSetting(session, stage);
  await showFirstSync(session, stage);
  await showChange(session);
  await showOutage(session, stage);
  summarize(session);
  if (isKept) await keepStage(session, stage, signal);
}

/** @returns whether the stage is kept when the story is told */
function readArguments(args: readonly string[]): boolean {
  const unknown = args.find((arg) => arg !== '--keep');
  if (unknown !== undefined) throw new Refusal(`"${unknown}" is not known here; wanted: nothing, or --keep`);
  return args.length > 0;
}

async function showSetting(session: Transcript, { folder }: Stage): Promise<void> {
  session.title('One host and its directory');
  session.say(`The directory is a real OpenLDAP server with ${PEOPLE_COUNT} people; without a client certificate nobody reads it.`);
  session.say('The host is a namespace with its own /etc and sshd, wired as a real one is: this machine stays as it is.');
  await session.run(`cd ${folder} && ls`);
  session.say('This is all that holdfast is told; the command is the one that you have just built, dist/holdfast.');
  await session.run('cat /etc/holdfast/holdfast.toml');
  await session.run('holdfast config check');
}

async function showFirstSync(session: Transcript, { outsider }: Stage): Promise<void> {
  session.title('The first sync');
  session.say('It pulls the whole directory and commits it as one generation.');
  await session.run('holdfast sync');
  session.say('NSS finds everybody in local files now.');
  await showAnswers(session, 'grace.hopper');
  session.say('`holdfast keys` prints the same; and who is in no group of [access] resolves, but has no key here.');
  await session.run('holdfast keys grace.hopper');
  await session.run(`id ${outsider}`);
  await session.run(`holdfast keys ${outsider}`);
  session.say('`why` says it in words: by which rule and group, key by key; and why not.');
  await session.run('holdfast why grace.hopper');
  await session.run(`holdfast why ${outsider}`, 1);
  session.say('So Grace can log in; her home is made when she does.');
  await session.run(`${SSH} -i grace.key grace.hopper@web-1 'whoami; pwd'`);
  session.say('What serves, how old it is, and what is wrong; and what was withheld or adjusted:');
  await session.run('holdfast status');
  await session.run('holdfast quarantine', 1);
}

/** What NSS and sshd are told, in the same words before the outage and in it. */
async function showAnswers(session: Transcript, login: string): Promise<void> {
  await session.run(`getent passwd ${login}`);
  await session.run('getent group web-prod');
  await session.run(`id ${login}`);
  session.say('sshd asks the lookup command for keys, as nobody: no network, no daemon.');
  await session.run(`${LOOKUP_AS_NOBODY} ${login}`);
}

async function showChange(session: Transcript): Promise<void> {
  session.title('One leaves, another has a new laptop');
  session.say("The directory's administrator writes it down there.");
  await session.run('cat change.ldif');
  await session.run('ldapmodify -Q -f change.ldif');
  session.say('`diff` shows what the next sync will do here, and writes nothing; status 1 says that there is something.');
  await session.run('holdfast diff', 1);
  await session.run('holdfast sync');
  session.say('Alan is gone, his keys with him, and Margaret logs in with her new key.');
  await session.run('getent passwd alan.turing', 2);
  await session.run(`${LOOKUP_AS_NOBODY} alan.turing`);
  await session.run(`${SSH} -i margaret.key margaret.hamilton@web-1 'whoami; pwd'`);
}

async function showOutage(session: Transcript, { directory }: Stage): Promise<void> {
  session.title('The directory goes down');
  await directory.stop();
  session.say('Nobody answers there any more.');
  await session.run('ldapwhoami -Q', 255);
  session.say('A sync says so, and what serves instead; status 75 is "try again later", and the timer will.');
  await session.run('holdfast sync', 75);
  await session.run('holdfast status', 1);
  session.say('And on this host, nothing has changed.');
  await showAnswers(session, 'margaret.hamilton');
  await session.run('holdfast keys margaret.hamilton');
  session.say('Both still log in.');
  await session.run(`${SSH} -i grace.key grace.hopper@web-1 'whoami; pwd'`);
  await session.run(`${SSH} -i margaret.key margaret.hamilton@web-1 'whoami; pwd'`);
}

function summarize(session: Transcript): void {
  session.title('What you saw');
  session.say(
    [
      'The whole directory came over mutual TLS into local files, and people logged in from those alone.',
      'Who left lost access with the next sync, and who got a key could use it: `diff` had shown both before.',
      'With the directory down, sync said so (status 75), and everybody logged in as before.',
    ].join('\n'),
  );
}

await runAsProgram('demo', demo);
