/**
 * The process's environment, for the SDK reads nothing else.
 */

/** Every variable that the SDK takes an account, a region or a server from. */
const VARIABLES = /^AWS_/;

export class AwsEnvironment implements Disposable {
  readonly #before = { ...process.env };

  /** Until it is disposed of, these are all the AWS variables that there are; no file of a profile is read. */
  constructor(variables: Readonly<Record<string, string>>) {
    forget();
    const files = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    Object.assign(process.env, files, variables);
  }

  [Symbol.dispose](): void {
    forget();
    for (const [name, value] of Object.entries(this.#before)) if (VARIABLES.test(name)) process.env[name] = value;
  }
}

function forget(): void {
  for (const name of Object.keys(process.env)) if (VARIABLES.test(name)) Reflect.deleteProperty(process.env, name);
}
