import { useEffect, useState } from 'react';
import { api, saying } from '../api/http';
import type { RatePage } from '../api/types';
import { BANDS, bandOf } from '../live/types-table';
import type { Bucket } from './core/rates';
import { bars, counted, uncounted, type Range } from './core/span';
import { during } from './log';

/** Answers that one chart of the past asks for at most; the first has the totals, and each after it counts up to `--max-scan-events` by type. */
const ANSWERS = 20;

/** How much the log holds of a stretch of time, in bars. The totals are there at once; they are told apart newest first, and `each` hears of every step. */
export async function readRates(range: Range, answers: number, each: (buckets: readonly Bucket[], more: boolean) => void, signal?: AbortSignal): Promise<void> {
  const query = { ...during(range), bar: String(bars(range).span / 1000) };
  let found: readonly Bucket[] = uncounted(range, BANDS.length), cursor: string | null = null;
  for (let i = 0; i < answers; i++) {
    const page: RatePage = await api<RatePage>(`/api/stream/rates?${new URLSearchParams({ ...query, ...(cursor ? { cursor } : { types: '0' }) })}`, { signal });
    found = counted(found, page, BANDS.length, bandOf);
    cursor = page.next_cursor;
    each(found, cursor !== null && i + 1 < answers);
    if (!cursor) return;
  }
}

export interface PastRates {
  buckets: readonly Bucket[];
  span: number;
  /** Null while nothing is counted. */
  knownSince: number | null;
  /** Some of it is still being told apart. */
  more: boolean;
  /** Why it could not be counted. */
  problem: string | null;
}
/** The rates of a stretch of time, from the log; null for none. */
export function usePastRates(range: Range | null): PastRates | null {
  const [rates, set] = useState<PastRates | null>(null), from = range?.[0], to = range?.[1];
  useEffect(() => {
    if (from === undefined || to === undefined) { set(null); return undefined; }
    const stop = new AbortController(), whole: Range = [from, to], { first, span } = bars(whole);
    set({ buckets: uncounted(whole, BANDS.length), span, knownSince: null, more: true, problem: null });
    readRates(whole, ANSWERS, (buckets, more) => set({ buckets, span, knownSince: first, more, problem: null }), stop.signal)
      .catch((e: unknown) => { if (!stop.signal.aborted) set(r => r && { ...r, more: false, problem: saying(e) }); });
    return () => stop.abort();
  }, [from, to]);
  return rates;
}
