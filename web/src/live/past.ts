import { useEffect, useRef, useState } from 'react';
import { ApiError, saying } from '../api/http';
import { parseTime } from '../lib/format';
import { KEEP, type Row } from '../stream/core/feed';
import type { StreamEvent } from '../stream/core/messages';
import { found, keyOf, rowsOf } from '../stream/core/pages';
import type { Range } from '../stream/core/span';
import { during, readPage } from '../stream/log';

const PAGE = 1000, AROUND = 100;
/** Lets everything pass, also the inventory that lists leave out by themselves. */
const EVERYTHING = 'type:system.inventory OR offset>=0';
const problemOf = (e: unknown): ApiError => (e instanceof ApiError ? e : new ApiError(0, saying(e)));

/** The stretch of time that an address names, if it names one. */
export function rangeOf(since: string | null, until: string | null): Range | null {
  const from = parseTime(since), to = parseTime(until);
  return from !== null && to !== null && from < to ? [from, to] : null;
}

/** When the oldest event was recorded that the log still has, milliseconds; null where that is not to be known, as of an empty log; undefined while it is asked. */
export function useBeginning(wanted: boolean): number | null | undefined {
  const [at, set] = useState<number | null | undefined>(undefined);
  useEffect(() => {
    if (!wanted) return undefined;
    const stop = new AbortController();
    readPage({ order: 'asc', limit: '1' }, stop.signal).then(p => set(parseTime(p.events[0]?.recorded_at)), () => { if (!stop.signal.aborted) set(null); });
    return () => stop.abort();
  }, [wanted]);
  return at;
}

/** The event that a link means, with what was around it. */
async function around(link: string, signal: AbortSignal): Promise<Past> {
  const on = { cursor: link, order: 'asc' }, [after, before] = await Promise.all([readPage({ ...on, limit: String(AROUND) }, signal), readPage({ cursor: link, limit: String(AROUND) }, signal)]);
  const told = (between: readonly Row[], target: StreamEvent): Past => ({ ...LOADING, loading: false, rows: [...rowsOf(after, link).reverse(), ...between, ...rowsOf(before, link)], target: keyOf(target) }), there = found(link, after);
  if (there === 'there') return told([], after.events[0]);
  // Lists leave inventory out unless it is named; a link names it.
  const alone = there === 'other' ? await readPage({ ...on, limit: '1', filter: EVERYTHING }, signal) : null;
  if (!alone || found(link, alone) !== 'there') return { ...LOADING, loading: false, lost: there };
  return told(rowsOf(alone, link), alone.events[0]);
}

export interface Past {
  rows: readonly Row[];
  loading: boolean;
  /** Where the rows before these begin; null where there are no more of this time. */
  next: string | null;
  /** As many rows as the page keeps. */
  full: boolean;
  /** What the server said instead. */
  problem: ApiError | null;
  /** Key of the event a link points at. */
  target: string | null;
  /** Why a link leads to no event. */
  lost: 'trimmed' | 'damaged' | 'other' | null;
}
const LOADING: Past = { rows: [], loading: true, next: null, full: false, problem: null, target: null, lost: null };

/** Looking back: a stretch of time, newest first and page by page, or a permalink's event with what was around it. Null while looking at now. */
export function usePast(link: string | null, range: Range | null, filter: string): (Past & { older: () => void }) | null {
  const [past, set] = useState<Past | null>(null), stop = useRef(new AbortController()), asked = range ? { limit: String(PAGE), ...during(range), ...(filter ? { filter } : {}) } : null;
  const failed = (e: unknown) => { if (!stop.current.signal.aborted) set(p => ({ ...(p ?? LOADING), loading: false, problem: problemOf(e) })); };
  const older = () => {
    const { signal } = stop.current;
    if (!past?.next || past.loading || !asked) return;
    set({ ...past, loading: true, problem: null });
    readPage({ ...asked, cursor: past.next }, signal).then(page => { if (!signal.aborted) set(p => { const rows = [...(p?.rows ?? []), ...rowsOf(page, p?.next ?? null)].slice(0, KEEP); return { ...LOADING, rows, loading: false, next: page.next_cursor, full: rows.length >= KEEP }; }); }).catch(failed);
  };
  useEffect(() => {
    if (!link && !asked) { set(null); return undefined; }
    const control = new AbortController(), { signal } = control;
    stop.current = control;
    set(LOADING);
    const read = link
      ? around(link, signal)
      : readPage(asked!, signal).then((page): Past => ({ ...LOADING, loading: false, rows: rowsOf(page, page.next_cursor), next: page.next_cursor }));
    read.then(p => { if (!signal.aborted) set(p); }).catch(failed);
    return () => control.abort();
  }, [link, range?.[0], range?.[1], link ? '' : filter]);
  return past && { ...past, older };
}
