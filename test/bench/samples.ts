/**
 * Several measurements of one thing. What is compared is measured in turns, so that a busy machine is busy for all alike.
 */

export class Samples {
  readonly #values: number[];

  constructor(values: readonly number[] = []) {
    this.#values = [...values];
  }

  add(value: number): void {
    this.#values.push(value);
  }

  /** @throws RangeError when nothing was measured */
  get median(): number {
    const sorted = this.#values.toSorted((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const [above, below] = [sorted[middle], sorted[sorted.length % 2 === 0 ? middle - 1 : middle]];
    if (above === undefined || below === undefined) throw new RangeError('nothing was measured');
    return (above + below) / 2;
  }

  get min(): number {
    return Math.min(...this.#values);
  }

  get max(): number {
    return Math.max(...this.#values);
  }

  /** Of each measurement to the one of the same turn. */
  ratiosTo(others: Samples): Samples {
    return new Samples(this.#values.map((value, turn) => value / (others.#values[turn] ?? Number.NaN)));
  }
}
