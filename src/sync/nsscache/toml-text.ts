/** A basic string of TOML, whatever is in it. */
export function toml(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', String.raw`\u007f`);
}
