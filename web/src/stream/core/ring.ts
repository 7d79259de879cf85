/** Keeps the newest `limit` items, newest first, and never more. */
export class Newest<T> {
  private items: readonly T[] = [];

  constructor(readonly limit: number) {}

  /** A new array after every change, so that it can be compared by identity. */
  get view(): readonly T[] {
    return this.items;
  }

  /** `batch` is in the order of arrival, oldest first. */
  add(batch: readonly T[]): void {
    if (!batch.length) return;
    const fresh = batch.length > this.limit ? batch.slice(-this.limit) : batch.slice();
    this.items = [...fresh.reverse(), ...this.items.slice(0, this.limit - fresh.length)];
  }

  /** Items from before the oldest, newest first, as many as there is room for. */
  before(older: readonly T[]): void {
    this.items = [...this.items, ...older].slice(0, this.limit);
  }

  keep(wanted: (item: T) => boolean): void {
    this.items = this.items.filter(wanted);
  }

  clear(): void {
    this.items = [];
  }
}
