/**
 * Reads parameters of Systems Manager's Parameter Store, decrypted, as many with one request as it takes.
 */
import type { GetParametersCommandOutput, Parameter as Answered } from '@aws-sdk/client-ssm';
import { HoldfastError } from '../errors.ts';
import type { Aws } from './aws.ts';

export interface Parameter {
  readonly value: string;
  /** A SecureString: who may read it needs its KMS key as well. */
  readonly isSecure: boolean;
}

/** Of GetParameters. */
const BATCH = 10;
/** The largest parameter that AWS keeps has 8 KB. */
const MAX_BYTES = 8 * 1024;

/**
 * @param wanted names, each once, with the version where it shall be that: `/name`, `/name:3`
 * @returns for each of them what it is, or HoldfastError `configuration` for what is wrong with it alone
 * @throws what `Aws.ssm` throws
 */
export async function getParameters(aws: Aws, wanted: readonly string[]): Promise<ReadonlyMap<string, Parameter | HoldfastError>> {
  const parameters = new Map<string, Parameter | HoldfastError>();
  for (let start = 0; start < wanted.length; start += BATCH) {
    const names = wanted.slice(start, start + BATCH);
    const answer = await getBatch(aws, names);
    const region = await aws.region();
    for (const name of names) parameters.set(name, readParameter(name, answer, region));
  }
  return parameters;
}

async function getBatch(aws: Aws, names: readonly string[]): Promise<GetParametersCommandOutput> {
  const resource = `${names.length === 1 ? 'parameter' : 'parameters'} ${names.join(', ')}`;
  const request = { Names: [...names], WithDecryption: true };
  return await aws.ssm({ action: 'ssm:GetParameters', resource }, async (ssm, options) => await ssm.getParameters(request, options));
}

function readParameter(
  wanted: string,
  { Parameters: answered = [] }: GetParametersCommandOutput,
  region: string,
): Parameter | HoldfastError {
  const found = answered.find((one) => isIt(one, wanted));
  if (found === undefined) return unusable(`there is no such parameter in ${region}${versionHint(wanted)}`);
  const { Value: value = '', Type: type } = found;
  if (type !== 'SecureString' && type !== 'String') {
    return unusable(`it is a ${type ?? 'parameter without a type'}; wanted: a SecureString`);
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_BYTES) return unusable(`it has ${bytes} bytes; wanted: at most ${MAX_BYTES}`);
  return { value, isSecure: type === 'SecureString' };
}

function unusable(text: string): HoldfastError {
  return new HoldfastError('configuration', text, { detail: 'parameter-unusable' });
}

/** One name may be wanted twice, in two versions: then the selector tells which is which. */
function isIt({ Name: name, Selector: selector, Version: version }: Answered, wanted: string): boolean {
  const [path, number] = wanted.split(':');
  if (name !== path) return false;
  return number === undefined ? selector === undefined || selector === '' : version === Number(number);
}

function versionHint(wanted: string): string {
  return wanted.includes(':') ? ', or not in this version (AWS keeps the last 100)' : '';
}
