/**
 * A line of PAM that makes a home at the first login, where there is none yet.
 *
 * It goes behind what pam-auth-update(8) keeps of `common-session`, which leaves alone what stands outside of its marks. Optional: a home
 * that cannot be made keeps nobody out.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { readPamStack } from '../../host/pam-stack.ts';
import { readReadableFile } from '../../host/readable-file.ts';
import type { HostContext } from '../context.ts';
import { makesHomes } from '../doctor/pam.ts';
import type { PartPlan } from './part-plan.ts';

const LINE = 'session optional pam_mkhomedir.so umask=0077';
const MODULE = '{usr/lib,usr/lib64,lib,lib64}{,/*-linux-*}/security/pam_mkhomedir.so';

export function planHomes({ paths }: Pick<HostContext, 'paths'>): PartPlan {
  const stack = readPamStack(paths);
  if (stack.kind !== 'lines') return { wanted: [], left: [] };
  if (makesHomes(stack)) return { wanted: [], left: [] };
  const path = join(paths.etc, 'pam.d/common-session');
  const file = readReadableFile(path);
  const isAsked = stack.lines.some((line) => line.file === path && line.type === 'session');
  const hasModule = globSync(join(paths.root, MODULE)).length > 0;
  if (file.kind !== 'text' || !isAsked || !hasModule) {
    const why = hasModule ? `sshd's PAM does not read "${path}"` : 'there is no pam_mkhomedir.so';
    return {
      wanted: [],
      left: [`no PAM module makes homes, and it is not done here (${why}): authselect enable-feature with-mkhomedir, or by hand`],
    };
  }
  const text = file.text === '' || file.text.endsWith('\n') ? file.text : `${file.text}\n`;
  return {
    wanted: [{ path, replacement: { kind: 'text', text: `${text}# holdfast: makes a home at the first login\n${LINE}\n` } }],
    left: [],
  };
}
