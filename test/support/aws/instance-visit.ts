/**
 * A program for a network namespace of its own, where the metadata service has its real address: what holdfast learns and may
 * do there with no variable set but where SSM is. It prints a `Visit`.
 */
import { openAws } from '../../../src/sync/sources/open-aws.ts';
import { expectSuccess, runProgram } from '../running-program.ts';
import { startInstanceMetadata } from './fake-instance-metadata.ts';
import { REGION, startMoto } from './moto.ts';

export interface Visit {
  readonly region: string;
  readonly tag: string | undefined;
  readonly password: string | undefined;
}

async function visit(): Promise<Visit> {
  for (const command of ['ip link set lo up', 'ip address add 169.254.169.254/32 dev lo']) {
    expectSuccess(await runProgram(command.split(' ')), command.split(' '));
  }
  await using moto = await startMoto();
  await moto.putSecret('/holdfast/password', 'correct horse');
  const role = await moto.createInstanceRole('web', ['ssm:GetParameter']);
  await moto.requireAuthorization();
  await using _metadata = await startInstanceMetadata(
    { region: REGION, tags: { access: 'web-prod' }, role },
    { host: '169.254.169.254', port: 80 },
  );
  process.env['AWS_ENDPOINT_URL_SSM'] = moto.endpoint;
  using aws = openAws({ aws: {} }, AbortSignal.timeout(60_000));
  const call = { action: 'ssm:GetParameter', resource: 'parameter "/holdfast/password"' } as const;
  const answer = await aws.ssm(
    call,
    async (ssm, options) => await ssm.getParameter({ Name: '/holdfast/password', WithDecryption: true }, options),
  );
  return { region: await aws.region(), tag: await aws.metadata.tag('access'), password: answer.Parameter?.Value };
}

process.stdout.write(JSON.stringify(await visit()));
