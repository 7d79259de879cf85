import { useSyncExternalStore } from 'react';
import { greeted } from '../lib/newer';
import { ask } from '../session/session';
import { StreamClient, type StreamState } from './client';
import type { LinkState } from './core/link';
import { Figures, type FiguresState } from './figures';

/** One stream and one set of figures for the whole page. */
export const stream = new StreamClient(ask);
export const figures = new Figures(() => stream.snapshot().link.clockOffset);

let connected: number | null = null;
stream.subscribe(() => {
  const { connected: at, version } = stream.snapshot().link;
  if (version) greeted(version);
  if (at !== connected) { connected = at; if (at !== null) figures.refresh(); }
});

export const useStream = (): StreamState => useSyncExternalStore(stream.subscribe, stream.snapshot);
export const useLink = (): LinkState => useSyncExternalStore(stream.subscribe, () => stream.snapshot().link);
export const useHeld = (): boolean => useSyncExternalStore(stream.subscribe, () => stream.snapshot().held);
/** Of the server's counts, which are asked for every two seconds: what the rows already show to be there is counted. Null before the first answer. */
export function useTotals(): { total: number; kept: number } | null {
  const { stats } = useFigures(), { counted } = useSyncExternalStore(stream.subscribe, () => stream.snapshot().told);
  if (!stats) return null;
  const ahead = Math.max(0, counted - stats.total_events_produced);
  return { total: stats.total_events_produced + ahead, kept: stats.events_in_history + ahead };
}
export const useFigures = (): FiguresState => useSyncExternalStore(figures.subscribe, figures.snapshot);
