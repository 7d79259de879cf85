import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type RefObject } from 'react';

let now = Date.now();
const watchers = new Set<() => void>();
let timer = 0;
function watch(f: () => void): () => void {
  watchers.add(f);
  if (!timer) timer = window.setInterval(() => { now = Date.now(); watchers.forEach(w => w()); }, 1000);
  return () => { watchers.delete(f); if (!watchers.size) { clearInterval(timer); timer = 0; } };
}
/** One clock for every relative time on the page. */
export const useNow = (): number => useSyncExternalStore(watch, () => now);

export function useSize<T extends HTMLElement>(): [RefObject<T>, number, number] {
  const ref = useRef<T>(null), [box, set] = useState<[number, number]>([0, 0]);
  useEffect(() => {
    const el = ref.current;
    if (!el) return undefined;
    const ro = new ResizeObserver(() => set([el.clientWidth, el.clientHeight]));
    ro.observe(el);
    set([el.clientWidth, el.clientHeight]);
    return () => ro.disconnect();
  }, []);
  return [ref, box[0], box[1]];
}

const SWITCH = 'cloudflux.single-keys';
/** Single-key shortcuts can be switched off (WCAG 2.1.4). */
export const keysOn = (): boolean => localStorage.getItem(SWITCH) !== 'off';
export const setKeysOn = (on: boolean): void => { localStorage.setItem(SWITCH, on ? 'on' : 'off'); switched.forEach(f => f()); };
const switched = new Set<() => void>();
const onSwitch = (f: () => void): (() => void) => { switched.add(f); return () => { switched.delete(f); }; };
export const useKeysOn = (): boolean => useSyncExternalStore(onSwitch, keysOn);

/** Whether the key belongs to something else: it is typed, it is no single key, or a dialog or list has the focus. */
export function isTaken(e: KeyboardEvent): boolean {
  const t = e.target as HTMLElement;
  if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || e.isComposing) return true;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName) || t.isContentEditable || !!t.closest('[role=dialog],[role=menu],[role=listbox],[role=textbox]');
}

/** Single keys, never while somebody types or a dialog is open, never with a modifier, and only while they are switched on. */
export function useKeys(map: Record<string, (e: KeyboardEvent) => void>): void {
  const latest = useRef(map);
  useLayoutEffect(() => { latest.current = map; });
  useEffect(() => {
    const on = (e: KeyboardEvent) => {
      const t = e.target as HTMLElement;
      if (isTaken(e) || (e.key.length === 1 && !keysOn())) return;
      // Space and Enter belong to the control that has the focus.
      if ((e.key === ' ' || e.key === 'Enter') && t.closest('button,a,summary,[role=tab],[role=switch],[role=slider]')) return;
      const f = latest.current[e.key];
      if (f) { e.preventDefault(); f(e); }
    };
    addEventListener('keydown', on);
    return () => removeEventListener('keydown', on);
  }, []);
}

/** A value that has stood still for `ms`. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, set] = useState(value);
  useEffect(() => { const t = setTimeout(() => set(value), ms); return () => clearTimeout(t); }, [value, ms]);
  return settled;
}
