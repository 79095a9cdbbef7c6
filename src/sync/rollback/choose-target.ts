/**
 * Which generation a rollback goes back to, read as carefully as what is about to serve.
 */
import type { Generation } from '../../caches/generation.ts';
import { HoldfastError } from '../../errors.ts';
import { isDamaged, type Pin } from '../../state/pin.ts';
import type { HostContext } from '../context.ts';

/**
 * @param wanted undefined for the one before what serves or is pinned
 * @throws HoldfastError `usage` when there is none, `cache-failed` when it is damaged
 */
export function chooseTarget({ store }: Pick<HostContext, 'store'>, wanted: number | undefined, pin: Pin | undefined): Generation {
  const numbers = store.list().map(({ number }) => number);
  const current = store.currentManifest();
  const serving = typeof current === 'object' ? current.generation : Number.POSITIVE_INFINITY;
  const since = pin !== undefined && !isDamaged(pin) ? pin.target : serving;
  const number = wanted ?? numbers.find((one) => one < since);
  if (number === undefined || !numbers.includes(number)) throw noSuchGeneration(wanted, numbers);
  const generation = store.verified(number);
  if (typeof generation !== 'string') return generation;
  throw new HoldfastError('cache-failed', `cannot go back to generation ${number}: it is damaged: ${generation}`, {
    hints: ['nothing was changed; the others: holdfast generations, then holdfast rollback NUMBER'],
  });
}

function noSuchGeneration(wanted: number | undefined, numbers: readonly number[]): HoldfastError {
  const what = wanted === undefined ? 'there is no older generation to go back to' : `there is no generation ${wanted}`;
  const kept = numbers.length === 0 ? 'none is kept' : `kept are ${numbers.join(', ')}`;
  return new HoldfastError('usage', `${what}: ${kept}`, {
    hints: ['what is kept: holdfast generations; how many: [state] keep_generations'],
  });
}
