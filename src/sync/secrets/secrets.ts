/**
 * The secrets of one run: those of this host are read where they are wanted, those of Parameter Store all at once with the first of them.
 */
import { getParameters, type Parameter } from '../../aws/parameters.ts';
import type { Config } from '../../config/schema.ts';
import { formatSecretReference, type ParameterReference, type SecretReference } from '../../config/secret-reference.ts';
import { readSecret, Secret, type Sensitivity } from '../../config/secrets.ts';
import type { SourceConfig } from '../../config/source-schema.ts';
import { HoldfastError } from '../../errors.ts';
import type { HostPaths } from '../../host/paths.ts';
import { removeStateFile } from '../../state/state-file.ts';
import { openAws } from '../sources/open-aws.ts';
import { age, secondsSince } from '../phrases.ts';
import type { RunWarning } from '../run-warning.ts';
import { readSecretsCopy, writeSecretsCopy } from './secrets-copy.ts';

/** @throws HoldfastError, its text beginning with `what` */
export type SecretReader = (reference: SecretReference, what: string, sensitivity: Sensitivity) => Secret;

/** What of the configuration says where secrets are. */
type SecretsConfig = Pick<Config, 'source' | 'aws' | 'secrets'>;

interface SecretsHost {
  readonly config: SecretsConfig;
  readonly paths: HostPaths;
  readonly now: () => Date;
}

interface Fetched {
  /** By reference; an error for what is wrong with that one alone. */
  readonly parameters: ReadonlyMap<string, Parameter | HoldfastError>;
  /** Why Parameter Store gave nothing, and since when it is known: these are copies then. */
  readonly instead?: { readonly failure: HoldfastError; readonly fetchedAt: Date };
}

export class Secrets {
  readonly #host: SecretsHost;
  readonly #wanted: readonly ParameterReference[];
  readonly #warnings = new Map<string, RunWarning>();
  #fetching: Promise<Fetched> | undefined;
  #fetched: Fetched | undefined;

  constructor(host: SecretsHost) {
    this.#host = host;
    const references = host.config.source.flatMap(parameterReferences);
    this.#wanted = [...new Map(references.map((reference) => [reference.parameter, reference])).values()];
  }

  /**
   * Reads what the configuration of this source names.
   *
   * @throws HoldfastError when Parameter Store has to say something and does not, and there is no copy
   */
  async readerFor(source: SourceConfig, signal: AbortSignal): Promise<SecretReader> {
    if (!needsParameterStore(source)) return readLocalSecret;
    const { parameters } = await (this.#fetching ??= this.#fetch(signal));
    return (reference, what, sensitivity) =>
      reference.kind === 'ssm'
        ? this.#read({ source: source.name, reference, what, sensitivity }, parameters)
        : readSecret(reference, what, sensitivity);
  }

  /** What an operator should hear of, so far. */
  warnings(): RunWarning[] {
    return [...this.#warnings.values()];
  }

  /** For the runs to come: as configured, nothing or what has just been fetched. That it cannot be kept spoils no run. */
  async keep(): Promise<void> {
    const { config, paths, now } = this.#host;
    try {
      if (!config.secrets.cache || this.#wanted.length === 0) removeStateFile(paths.secretsCopy);
      else if (this.#fetched !== undefined && this.#fetched.instead === undefined) {
        const good = [...this.#fetched.parameters].filter((entry): entry is [string, Parameter] => !(entry[1] instanceof HoldfastError));
        await writeSecretsCopy(paths, regionOf(config), { fetchedAt: now(), parameters: new Map(good) });
      }
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      this.#warn('secrets-not-kept', `the copy of the secrets is not as configured: ${error.message}`, `look at ${paths.secretsCopy}`);
    }
  }

  async #fetch(signal: AbortSignal): Promise<Fetched> {
    this.#fetched = await this.#ask(signal).catch(async (error: unknown) => {
      if (!(error instanceof HoldfastError) || !this.#host.config.secrets.cache) throw error;
      // A refusal is an answer: what was taken from this host is not used on.
      if (error.code !== 'source-unavailable') throw error;
      return await this.#copyInstead(error);
    });
    return this.#fetched;
  }

  async #ask(signal: AbortSignal): Promise<Fetched> {
    using aws = openAws(this.#host.config, signal);
    const answered = await getParameters(
      aws,
      this.#wanted.map(({ parameter }) => parameter),
    );
    return { parameters: new Map([...answered].map(([parameter, answer]) => [`ssm:${parameter}`, answer])) };
  }

  async #copyInstead(failure: HoldfastError): Promise<Fetched> {
    const { config, paths, now } = this.#host;
    const copy = await readSecretsCopy(paths, regionOf(config));
    if (typeof copy !== 'object') {
      const why = copy === undefined ? 'there is no copy of the secrets yet' : `the copy of the secrets cannot be used: ${copy}`;
      throw new HoldfastError(failure.code, `${failure.message}\nand ${why}`, { detail: failure.detail, hints: failure.hints });
    }
    const { fetchedAt, parameters } = copy;
    const made = `${fetchedAt.toISOString()}, ${age(secondsSince(fetchedAt.toISOString(), now()))} ago`;
    this.#warn(
      'secrets-from-copy',
      `secrets are from the copy of ${made}: ${failure.message}`,
      failure.hints[0] ?? 'what was replaced in Parameter Store since then is not known here until it answers',
    );
    const missing = new HoldfastError(failure.code, `${failure.message}\nand the copy of the secrets has none of it`, {
      detail: failure.detail,
      hints: failure.hints,
    });
    const wanted = this.#wanted.map(formatSecretReference);
    return { parameters: new Map(wanted.map((name) => [name, parameters.get(name) ?? missing])), instead: { failure, fetchedAt } };
  }

  #read(
    { source, reference, what, sensitivity }: { source: string; reference: ParameterReference; what: string; sensitivity: Sensitivity },
    parameters: Fetched['parameters'],
  ): Secret {
    const name = formatSecretReference(reference);
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new Error(`${name} was not asked for`);
    if (parameter instanceof HoldfastError) {
      throw new HoldfastError(parameter.code, `${what}: ${name}: ${parameter.message}`, {
        detail: parameter.detail,
        hints: parameter.hints,
      });
    }
    if (sensitivity === 'private' && !parameter.isSecure) {
      const text = `source "${source}": ${what}: ${name} is a String, which whoever may read parameters reads; wanted: a SecureString`;
      this.#warn('parameter-not-secure', text, 'store a new secret as SecureString, and replace the one that was readable');
    }
    return new Secret(parameter.value);
  }

  #warn(code: RunWarning['code'], text: string, hint: string): void {
    this.#warnings.set(text, { code, text, hint });
  }
}

export const readLocalSecret: SecretReader = (reference, what, sensitivity) => {
  if (reference.kind === 'ssm') throw new Error(`${formatSecretReference(reference)} was not asked for`);
  return readSecret(reference, what, sensitivity);
};

export function needsParameterStore(source: SourceConfig): boolean {
  return parameterReferences(source).length > 0;
}

function parameterReferences(source: SourceConfig): ParameterReference[] {
  return secretReferences(source).filter((reference) => reference?.kind === 'ssm');
}

export function secretReferences(source: SourceConfig): (SecretReference | undefined)[] {
  switch (source.type) {
    case 'ldap':
      return [source.tls.ca, source.tls.cert, source.tls.key, source.bind?.method === 'simple' ? source.bind.password : undefined];
    case 'file':
    case 'iam':
      return [];
  }
}

function regionOf({ aws }: SecretsConfig): string {
  return aws.region ?? '';
}
