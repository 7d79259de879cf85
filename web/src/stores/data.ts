import { api } from '../api/http';
import type { Store } from '../api/types';
import { useAnswer } from '../session/answer';

/** The stores, asked for again every `every` milliseconds. Null before the first answer. */
export function useStores(every: number): { stores: Store[] | null; problem: string | null; asking: boolean; again: () => void } {
  const { value, problem, asking, again } = useAnswer<{ stores: Store[] }>('/api/stores', every);
  return { stores: value?.stores ?? null, problem: problem?.message ?? null, asking, again };
}

export type Act = 'pause' | 'resume' | 'retry' | 'confirm' | 'remove';
export const act = (id: string, what: Act): Promise<unknown> => api(`/api/stores/${encodeURIComponent(id)}${what === 'remove' ? '' : `/${what}`}`, { method: what === 'remove' ? 'DELETE' : 'POST' });
export const connect = (url: string): Promise<Store> => api<Store>('/api/stores', { method: 'POST', body: { url } });

/** Not watched, and not because a person wants it so. */
export const isTroubled = (s: Store): boolean => s.state === 'away' || s.state === 'failed';

/** What lies in it is not all known yet. */
export const isListing = (s: Store): boolean => s.state === 'starting' || s.state === 'indexing';

/** A folder tells of its reads as they happen; of a bucket's only its access logs do. */
export const tellsOfReads = (s: Store): boolean => s.provider === 'file' || !!s.access_data;

/** What mends a troubled store. */
export const cures = (s: Store): Act[] => (s.state === 'away' ? ['retry', 'confirm'] : ['retry']);

/** What can be done with a store as it is. */
export function acts(s: Store): Act[] {
  const list: Act[] = [];
  if (s.state === 'paused') list.push('resume');
  if (isTroubled(s)) list.push(...cures(s));
  if (s.state === 'watching' || isListing(s)) list.push('pause');
  return [...list, 'remove'];
}
