import { own } from '../../lib/own';

export const BUCKET = 10_000;
export const BUCKETS = 90;
/** Totals further apart than this say nothing about single bars any more. */
export const STALE = 25_000;

export interface Bucket {
  /** Start, milliseconds. */
  at: number;
  /** By band; in a chart of the past one more, of what is counted and not told apart. */
  counts: readonly number[];
  /** The highest rate a second that the server told meanwhile; a short burst is higher than its bar. */
  rate: number;
}
/** The first bar that is known as a whole. */
export function firstKnown(buckets: readonly Bucket[], knownSince: number | null): number {
  const i = knownSince === null ? -1 : buckets.findIndex(b => b.at >= knownSince);
  return i < 0 ? buckets.length : i;
}
export const sum = (counts: readonly number[]): number => counts.reduce((a, c) => a + c, 0);
/** The highest rate a second in what is known of the quarter of an hour; where not all is known it may have been more. */
export const peak = (buckets: readonly Bucket[]): number => Math.max(0, ...buckets.map(b => Math.max(b.rate, sum(b.counts) / (BUCKET / 1000))));

/**
 * Events in bars of ten seconds, by family, for the last quarter of an hour. Filled once from the log's history, then from
 * the server's totals by type, so it goes on counting everything whatever the filter or a pause hides.
 */
export class Rates {
  private bars: { at: number; counts: number[]; rate: number }[] = [];
  private base: Record<string, number> | null = null;
  private baseAt = 0;
  /** Bars before this moment are not known; null: none is. */
  knownSince: number | null = null;

  constructor(private readonly bands: number, private readonly bandOf: (type: string) => number) {}

  /** True when the history must be read (again) before totals mean anything. */
  needsHistory(now: number): boolean {
    return this.knownSince === null || now - this.baseAt > STALE;
  }

  restart(distribution: Record<string, number>, now: number, rate = 0): void {
    this.bars = [];
    this.base = distribution;
    this.baseAt = now;
    this.knownSince = now;
    this.advance(now);
    this.bars[this.bars.length - 1].rate = rate;
  }

  /** What the log has of the time before the totals given to `restart`, in bars like these; complete from `since` on. */
  history(bars: readonly Bucket[], since: number): void {
    for (const b of bars) for (let band = 0; band < this.bands; band++) this.add(band, b.counts[band], b.at);
    this.knownSince = since;
  }

  observe(distribution: Record<string, number>, now: number, rate = 0): void {
    if (!this.base || this.knownSince === null) return this.restart(distribution, now, rate);
    this.advance(now);
    const bar = this.bars[this.bars.length - 1];
    bar.rate = Math.max(bar.rate, rate);
    for (const [type, total] of Object.entries(distribution)) {
      const more = total - (own(this.base, type) ?? 0);
      if (more < 0) return this.restart(distribution, now, rate);
      if (more > 0) this.count(type, more, (this.baseAt + now) / 2);
    }
    this.base = distribution;
    this.baseAt = now;
  }

  private count(type: string, n: number, at: number): void {
    this.add(this.bandOf(type), n, at);
  }

  private add(band: number, n: number, at: number): void {
    const first = this.bars[0], bar = first && this.bars[Math.floor((at - first.at) / BUCKET)];
    if (bar && band >= 0) bar.counts[band] += n;
  }

  advance(now: number): void {
    const edge = Math.floor(now / BUCKET) * BUCKET, last = this.bars[this.bars.length - 1];
    if (!last || edge - last.at > BUCKETS * BUCKET || edge < last.at - BUCKETS * BUCKET) {
      this.bars = Array.from({ length: BUCKETS }, (_, i) => ({ at: edge - (BUCKETS - 1 - i) * BUCKET, counts: this.zero(), rate: 0 }));
      return;
    }
    for (let at = last.at + BUCKET; at <= edge; at += BUCKET) {
      this.bars.push({ at, counts: this.zero(), rate: 0 });
      this.bars.shift();
    }
  }

  private zero(): number[] {
    return Array.from({ length: this.bands }, () => 0);
  }

  /** A copy that does not change. */
  view(): readonly Bucket[] {
    return this.bars.map(b => ({ at: b.at, counts: b.counts.slice(), rate: b.rate }));
  }
}
