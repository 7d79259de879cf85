import { api } from '../api/http';
import type { EventPage } from '../api/types';
import type { Range } from './core/span';

/** One page of the log's events. */
export const readPage = (query: Record<string, string>, signal?: AbortSignal): Promise<EventPage> => api<EventPage>(`/api/stream/events?${new URLSearchParams(query)}`, { signal });
/** A stretch of time as the log is asked for it. */
export const during = (range: Range): Record<string, string> => ({ since: new Date(range[0]).toISOString(), until: new Date(range[1]).toISOString() });
