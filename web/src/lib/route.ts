import { useMemo, useSyncExternalStore } from 'react';

// #/live?filter=type:cost.* : everything a person can see is in the address.
const listen = (f: () => void): (() => void) => { addEventListener('hashchange', f); return () => removeEventListener('hashchange', f); };
export interface Route { page: string; query: URLSearchParams }
export function useRoute(): Route {
  const hash = useSyncExternalStore(listen, () => location.hash);
  return useMemo(() => read(hash), [hash]);
}
export function read(hash: string): Route {
  const [path, search] = hash.replace(/^#\/?/, '').split('?');
  return { page: path || 'live', query: new URLSearchParams(search ?? '') };
}
export const address = (page: string, query: Record<string, string> = {}): string => {
  const q = new URLSearchParams(query).toString();
  return `#/${page}${q ? `?${q}` : ''}`;
};
export const go = (page: string, query: Record<string, string> = {}): void => { location.hash = address(page, query); };
/** Changes parts of this room's address; an empty value takes one away. With `step`, Back undoes it. */
export function setQuery(changes: Record<string, string | null>, step = false): void {
  const { page, query } = read(location.hash);
  for (const [k, v] of Object.entries(changes)) if (v) query.set(k, v); else query.delete(k);
  const q = query.toString(), to = `#/${page}${q ? `?${q}` : ''}`;
  if (to === location.hash) return;
  if (step) history.pushState(null, '', to); else history.replaceState(null, '', to);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
