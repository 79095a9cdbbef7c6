/**
 * Members that are left out of one group: somebody may fill it with a hundred thousand that are none.
 */

const REASONS_SHOWN = 3;

/** How many there were, and why the first few. */
export class LeftOut {
  readonly #reasons: string[] = [];
  count = 0;

  add(reason: () => string): void {
    if (this.#reasons.length < REASONS_SHOWN) this.#reasons.push(reason());
    this.count += 1;
  }

  describe(): string {
    const more = this.count - this.#reasons.length;
    return `left out ${this.count} of its members: ${this.#reasons.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  }
}
