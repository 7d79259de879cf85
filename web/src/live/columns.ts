import { useSyncExternalStore } from 'react';

/** What a row of the feed can show, in the order in which it does. */
export const COLUMNS = ['time', 'type', 'name', 'op', 'provider', 'source', 'user', 'size', 'cost', 'reads', 'heat', 'age'] as const;
export type Column = (typeof COLUMNS)[number];
/** Without these a row says nothing. */
export const ALWAYS: readonly Column[] = ['type', 'name'];
export const STANDARD: readonly Column[] = COLUMNS.filter(c => c !== 'source' && c !== 'user');
/** Of a card on a phone: what it has room for. */
export const ON_CARDS: readonly Column[] = ['provider', 'source', 'user', 'size', 'cost', 'heat', 'age'];

const WIDTH: Record<Column, number> = { time: 66, type: 188, name: 112, op: 74, provider: 50, source: 150, user: 90, size: 74, cost: 84, reads: 52, heat: 88, age: 52 };
const TIGHT: Partial<Record<Column, number>> = { type: 136, name: 90 };
const GAP = 12, EDGE = 32, NARROW = 560;
/** What goes first where there is no room for all. */
const FIRST_OUT: readonly Column[] = ['op', 'reads', 'heat', 'time'], THEN_OUT: readonly Column[] = ['source', 'provider', 'user', 'cost', 'size'];
/** A name has so much room before those have any. */
const READABLE = 200;

/** The columns that a text names; what it cannot mean is left out, and what is always there is added. */
export function read(text: string | null): readonly Column[] {
  const named = text === null ? STANDARD : text.split(',');
  return COLUMNS.filter(c => ALWAYS.includes(c) || named.includes(c));
}

/** Of the chosen columns those that have room in so many pixels, and their widths for the grid. */
export function fit(chosen: readonly Column[], width: number): { columns: readonly Column[]; template: string } {
  const wide = (c: Column): number => (width > NARROW ? undefined : TIGHT[c]) ?? WIDTH[c], need = (list: readonly Column[]): number => list.reduce((n, c) => n + wide(c), EDGE + GAP * (list.length - 1)), more = width > NARROW ? READABLE - WIDTH.name : 0;
  let columns = chosen;
  for (const out of FIRST_OUT) if (need(columns) + more > width) columns = columns.filter(c => c !== out);
  for (const out of THEN_OUT) if (need(columns) > width) columns = columns.filter(c => c !== out);
  return { columns, template: columns.map(c => (c === 'name' ? `minmax(${wide(c)}px,1fr)` : `${wide(c)}px`)).join(' ') };
}

// Kept in the browser: it is about the screen that is in front of somebody.
const KEY = 'cloudflux.columns';
let chosen = typeof localStorage === 'undefined' ? STANDARD : read(localStorage.getItem(KEY));
const listeners = new Set<() => void>();
const listen = (f: () => void): (() => void) => { listeners.add(f); return () => { listeners.delete(f); }; };
export function choose(columns: readonly Column[] | null): void {
  if (columns) localStorage.setItem(KEY, columns.join(',')); else localStorage.removeItem(KEY);
  chosen = read(columns ? columns.join(',') : null);
  listeners.forEach(f => f());
}
export const useColumns = (): readonly Column[] => useSyncExternalStore(listen, () => chosen);
