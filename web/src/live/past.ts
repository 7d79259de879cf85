import { useEffect, useState } from 'react';
import { ApiError, api, saying } from '../api/http';
import type { EventPage } from '../api/types';
import { parseTime } from '../lib/format';
import { eventRow, type Row } from '../stream/core/feed';
import { cursorOf } from '../stream/core/messages';

const PAGE = 1000, AROUND = 200;
export type Range = readonly [number, number];
/** The stretch of time that an address names, if it names one. */
export function rangeOf(since: string | null, until: string | null): Range | null {
  const from = parseTime(since), to = parseTime(until);
  return from !== null && to !== null && from < to ? [from, to] : null;
}
export interface Past { rows: readonly Row[]; loading: boolean; /** There was more than is shown. */ more: boolean; /** What the server said instead. */ problem: ApiError | null; /** Key of the event a link points at. */ target: string | null }
const LOADING: Past = { rows: [], loading: true, more: false, problem: null, target: null };

/** Looking back: a stretch of time from the chart, or the events from a permalink on. Null while looking at now. */
export function usePast(link: string | null, range: Range | null, filter: string): Past | null {
  const [past, set] = useState<Past | null>(null), near = link ?? '';
  useEffect(() => {
    if (!link && !range) { set(null); return undefined; }
    const stop = new AbortController(), query = new URLSearchParams(link ? { cursor: link, order: 'asc', limit: String(AROUND) } : { limit: String(PAGE), since: new Date(range![0]).toISOString(), until: new Date(range![1]).toISOString() });
    if (filter && !link) query.set('filter', filter);
    set(LOADING);
    api<EventPage>(`/api/stream/events?${query}`, { signal: stop.signal }).then(page => {
      const events = link ? page.events.slice().reverse() : page.events;
      const rows = events.map(e => eventRow(e, `past-${e.partition}-${e.offset}`, cursorOf(e, near || page.next_cursor)));
      const first = page.events[0];
      set({ rows, loading: false, more: !link && page.next_cursor !== null, problem: null, target: link && first ? `past-${first.partition}-${first.offset}` : null });
    }).catch((e: unknown) => { if (!stop.signal.aborted) set({ ...LOADING, loading: false, problem: e instanceof ApiError ? e : new ApiError(0, saying(e)) }); });
    return () => stop.abort();
  }, [link, range?.[0], range?.[1], link ? '' : filter]);
  return past;
}
