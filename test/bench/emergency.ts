/**
 * What a run of `holdfast emergency` costs that finds nothing changed: every host does it every 5 minutes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT } from '../demo/entry-point.ts';
import { configText } from '../config/configuration.ts';
import { EmergencyBucket, OBJECT } from '../support/aws/emergency-bucket.ts';
import { generatePeople } from '../support/people.ts';
import type { BenchOptions } from './options.ts';
import { Samples } from './samples.ts';
import type { Section } from './table.ts';
import { timeProgram } from './timed-program.ts';

const KEYS = 10;

export async function measureEmergency({ repeat }: BenchOptions, folder: string, signal: AbortSignal): Promise<Section> {
  await using bucket = await EmergencyBucket.start();
  await bucket.put([...generatePeople({ count: KEYS }).people].map(({ sshPublicKeys }) => sshPublicKeys[0] ?? ''));
  const root = join(folder, 'emergency');
  const config = join(folder, 'emergency.toml');
  await mkdir(join(root, 'etc/ssh'), { recursive: true });
  await writeFile(config, configText({ 'emergency.objects': [OBJECT] }));
  const run = async (): Promise<number> => {
    const { seconds } = await timeProgram([BUILT.holdfast, '--root', root, '--config', config, 'emergency'], { env: bucket.environment });
    return seconds * 1000;
  };
  await run();
  const [requests, times] = [new Samples(), new Samples()];
  for (let turn = 0; turn < repeat; turn += 1) {
    signal.throwIfAborted();
    bucket.proxy.reset();
    times.add(await run());
    requests.add(bucket.proxy.calls.length);
  }
  return {
    title: `Emergency run with nothing changed (1 object of ${KEYS} keys, S3 on loopback)`,
    rows: [
      { what: 'requests sent', unit: 'requests', samples: requests, limit: 1 },
      { what: 'time', unit: 'ms', samples: times },
    ],
  };
}
