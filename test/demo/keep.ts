/**
 * The stage after the story: directory and host stay as they are, for somebody in another terminal, until Ctrl-C.
 */
import { on } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { personDn } from '../support/ldif.ts';
import type { Stage } from './stage.ts';
import type { Transcript } from './transcript.ts';

/** Enough for a guard. */
const CROWD = 40;

export async function keepStage(session: Transcript, stage: Stage, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await stage.directory.start();
  const crowd = stage.logins.slice(-CROWD).map((uid) => `dn: ${personDn(uid)}\nchangetype: delete\n`);
  await writeFile(join(stage.folder, 'crowd.ldif'), crowd.join('\n'));
  session.title('All yours, until Ctrl-C');
  session.say('The directory is back. In another terminal, as root, this gives you a shell on the host:');
  session.show(stage.entrance);
  session.say('There, for example:');
  session.show(examples(stage.outsider));
  if (process.stdin.isTTY) session.say('Here, Enter stops the directory, and Enter again starts it.');
  await untilAborted(session, stage, signal);
  session.say('Taken down.');
}

function examples(outsider: string): string {
  return `holdfast status
holdfast why ${outsider}
ldapmodify -Q -f crowd.ldif         # ${CROWD} people are deleted
holdfast diff                       # who would go
holdfast sync                       # held by a guard, status 65
holdfast status
holdfast sync --approve-removals
holdfast quarantine
ssh -F ssh_config -i grace.key grace.hopper@web-1
vi /etc/holdfast/holdfast.toml; holdfast config check`;
}

async function untilAborted(session: Transcript, { directory }: Stage, signal: AbortSignal): Promise<void> {
  try {
    let isUp = true;
    for await (const _enter of on(process.stdin, 'data', { signal })) {
      await (isUp ? directory.stop() : directory.start());
      isUp = !isUp;
      session.say(isUp ? 'The directory is up.' : 'The directory is down.');
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.stdin.pause();
  }
}
