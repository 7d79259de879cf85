import { useSyncExternalStore } from 'react';
import { ask } from '../session/session';
import { StreamClient, type StreamState } from './client';
import type { LinkState } from './core/link';
import { Figures, type FiguresState } from './figures';

/** One stream and one set of figures for the whole page. */
export const stream = new StreamClient(ask);
export const figures = new Figures(() => stream.snapshot().link.clockOffset);

let connected: number | null = null;
stream.subscribe(() => {
  const at = stream.snapshot().link.connected;
  if (at !== connected) { connected = at; if (at !== null) figures.refresh(); }
});

export const useStream = (): StreamState => useSyncExternalStore(stream.subscribe, stream.snapshot);
export const useLink = (): LinkState => useSyncExternalStore(stream.subscribe, () => stream.snapshot().link);
export const useHeld = (): boolean => useSyncExternalStore(stream.subscribe, () => stream.snapshot().held);
export const useFigures = (): FiguresState => useSyncExternalStore(figures.subscribe, figures.snapshot);
