import type { RatePage } from '../../api/types';
import { BUCKET, BUCKETS, type Bucket } from './rates';

/** A stretch of time, from (included) to (excluded), in milliseconds. */
export type Range = readonly [number, number];

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const SPANS = [SECOND, 2 * SECOND, 5 * SECOND, BUCKET, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY];

/** Bars for a stretch of time: round ones, about as many as the live chart has. They begin at multiples of their length, as the server's do. */
export function bars([from, to]: Range): { first: number; span: number; count: number } {
  const span = SPANS.find(s => (to - from) / s <= BUCKETS + 2) ?? Math.ceil((to - from) / BUCKETS / DAY) * DAY, first = Math.floor(from / span) * span;
  return { first, span, count: Math.max(1, Math.ceil((to - first) / span)) };
}

/** Bars of which nothing is counted yet; each has a place more than there are bands, for what is counted and not told apart. */
export const uncounted = (range: Range, bands: number): Bucket[] => { const { first, span, count } = bars(range); return Array.from({ length: count }, (_, i) => ({ at: first + i * span, counts: Array.from({ length: bands + 1 }, () => 0), rate: 0 })); };

/** Adds what one answer counted by type. What a bar has beyond that goes into its last place: known to be there, of whatever type. */
export function counted(before: readonly Bucket[], { bars: told }: RatePage, bands: number, bandOf: (type: string) => number): Bucket[] {
  return before.map((b, i) => {
    const bar = told[i], counts = b.counts.slice();
    if (!bar) return b;
    for (const [type, n] of Object.entries(bar.by_type)) if (bandOf(type) >= 0) counts[bandOf(type)] += n;
    counts[bands] = Math.max(0, bar.total - counts.slice(0, bands).reduce((a, n) => a + n, 0));
    return { ...b, counts };
  });
}

/** From when on all is told apart: behind the newest bar of which something is not. */
export function sortedSince(buckets: readonly Bucket[], [from]: Range, span: number, bands: number): number {
  const open = buckets.map(b => b.counts[bands] > 0).lastIndexOf(true);
  return open < 0 ? from : buckets[open].at + span;
}
