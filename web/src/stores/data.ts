import { useCallback, useEffect, useState } from 'react';
import { api, saying } from '../api/http';
import type { Store } from '../api/types';

/** The stores, asked for again every `every` milliseconds (0: once). Null before the first answer. */
export function useStores(every: number): [Store[] | null, string | null, () => void] {
  const [stores, set] = useState<Store[] | null>(null), [problem, setProblem] = useState<string | null>(null);
  const ask = useCallback(() => { api<{ stores: Store[] }>('/api/stores').then(a => { set(a.stores); setProblem(null); }, (e: unknown) => setProblem(saying(e))); }, []);
  useEffect(() => {
    ask();
    if (!every) return undefined;
    const timer = setInterval(() => { if (!document.hidden) ask(); }, every);
    return () => clearInterval(timer);
  }, [every, ask]);
  return [stores, problem, ask];
}

export type Act = 'pause' | 'resume' | 'retry' | 'confirm' | 'remove';
export const act = (id: string, what: Act): Promise<unknown> => api(`/api/stores/${encodeURIComponent(id)}${what === 'remove' ? '' : `/${what}`}`, { method: what === 'remove' ? 'DELETE' : 'POST' });
export const connect = (url: string): Promise<Store> => api<Store>('/api/stores', { method: 'POST', body: { url } });

/** What can be done with a store as it is. */
export function acts(s: Store): Act[] {
  const list: Act[] = [];
  if (s.state === 'paused') list.push('resume');
  if (s.state === 'away' || s.state === 'failed') list.push('retry');
  if (s.state === 'away') list.push('confirm');
  if (s.state === 'watching' || s.state === 'indexing' || s.state === 'starting') list.push('pause');
  return [...list, 'remove'];
}
