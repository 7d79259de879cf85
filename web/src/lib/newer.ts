import { useSyncExternalStore } from 'react';

/** What is known of a newer page than this one. It is only told: nobody's work is lost to a reload that nobody asked for. */
export interface Newer { /** The server's version, once it is another than the one this page began with. */ version: string | null; /** A part of this page was not to be had. */ part: boolean; /** Somebody wants to go on as it is. */ later: boolean }

let first: string | null = null, state: Newer = { version: null, part: false, later: false };
const listeners = new Set<() => void>();
const set = (next: Newer): void => { state = next; listeners.forEach(f => f()); };
const listen = (f: () => void): (() => void) => { listeners.add(f); return () => { listeners.delete(f); }; };

/** The version in a greeting. The first one is that of the server which this page came from. */
export function greeted(version: string): void {
  first ??= version;
  const other = version === first ? null : version;
  if (other !== state.version) set({ ...state, version: other, later: false });
}
const missing = new Set<unknown>();
/** `part` is whatever names it. */
export function partIsMissing(part: unknown): void { missing.add(part); set({ ...state, part: true, later: false }); }
export function partIsThere(part: unknown): void { if (missing.delete(part)) set({ ...state, part: missing.size > 0 }); }
export const reloadLater = (): void => set({ ...state, later: true });
export const useNewer = (): Newer => useSyncExternalStore(listen, () => state);
