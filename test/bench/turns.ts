/**
 * Measures in turns what is to be compared: each turn goes through all of it, every second one backwards.
 */
import { Samples } from './samples.ts';

export async function measureInTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<number>>>,
  repeat: number,
  signal: AbortSignal,
): Promise<Record<Name, Samples>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, new Samples()])) as Record<Name, Samples>;
  for (let turn = 0; turn < repeat; turn += 1) {
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      signal.throwIfAborted();
      samples[name].add(await contenders[name]());
    }
  }
  return samples;
}
