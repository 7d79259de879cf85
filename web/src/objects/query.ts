import { useEffect, useState } from 'react';
import { api, saying } from '../api/http';
import type { ObjectDetail, ObjectPage } from '../api/types';

export const PAGE = 50;
export type Sort = 'name' | 'size' | 'last_change' | 'last_access' | 'accesses' | 'first_seen';
export interface Query { q: string; store: string; sort: Sort; order: 'asc' | 'desc'; deleted: boolean }
export interface Answer { page: ObjectPage | null; loading: boolean; problem: string | null }

/** One page of the server's table; `version` asks again. The last answer stays while the next one comes. */
export function useObjects(query: Query, cursor: string | null, version: number): Answer {
  const [answer, set] = useState<Answer>({ page: null, loading: true, problem: null });
  useEffect(() => {
    const stop = new AbortController(), p = new URLSearchParams({ limit: String(PAGE), sort: query.sort, order: query.order });
    if (query.q) p.set('q', query.q);
    if (query.store) p.set('store', query.store);
    if (query.deleted) p.set('deleted', '1');
    if (cursor) p.set('cursor', cursor);
    set(a => ({ ...a, loading: true }));
    api<ObjectPage>(`/api/objects?${p}`, { signal: stop.signal }).then(page => set({ page, loading: false, problem: null }), (e: unknown) => { if (!stop.signal.aborted) set(a => ({ ...a, loading: false, problem: saying(e) })); });
    return () => stop.abort();
  }, [query.q, query.store, query.sort, query.order, query.deleted, cursor, version]);
  return answer;
}

export function useObject(id: string): { object: ObjectDetail | null; problem: string | null } {
  const [state, set] = useState<{ object: ObjectDetail | null; problem: string | null }>({ object: null, problem: null });
  useEffect(() => {
    const stop = new AbortController();
    set({ object: null, problem: null });
    api<ObjectDetail>(`/api/objects/${encodeURIComponent(id)}`, { signal: stop.signal }).then(object => set({ object, problem: null }), (e: unknown) => { if (!stop.signal.aborted) set({ object: null, problem: saying(e) }); });
    return () => stop.abort();
  }, [id]);
  return state;
}
