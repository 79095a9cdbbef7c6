/**
 * Time limits as signals.
 */
import { SourceError } from './source.ts';

/** Node takes a longer time for one millisecond. It is 24 days. */
const TIMER_MAX = 2 ** 31 - 1;

export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param text what the error says once the time is over */
  constructor(milliseconds: number, text: string) {
    const abort = (): void => this.#controller.abort(new SourceError('source-unavailable', text, { detail: 'timed-out' }));
    this.#timer = setTimeout(abort, Math.min(milliseconds, TIMER_MAX));
  }

  /** Aborted by whichever comes first: this deadline, or the other signal. */
  within(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([this.#controller.signal, signal]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
