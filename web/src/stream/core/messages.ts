import { own } from '../../lib/own';

/** What the server says on `/ws/stream`, and the events in it. Names are those of the public contract. */

export type Provider = 'aws' | 'azure' | 'gcp' | 'file';
export type Temperature = 'HOT' | 'WARM' | 'COLD' | 'ARCHIVE';

export interface EventData {
  file_name?: string;
  file_name_base64?: string;
  provider?: Provider;
  bucket?: string;
  operation?: string;
  size_bytes?: number;
  access_count?: number;
  data_temperature?: Temperature;
  pattern_type?: string;
  current_tier?: string;
  recommended_tier?: string;
  /** Money a month. */
  amount?: number;
  currency?: string;
  /** 0 to 1. */
  confidence?: number;
  migration_id?: string;
  /** 0 to 100. */
  progress?: number;
  status?: string;
  error?: string;
  message?: string;
  url?: string;
  store_id?: string;
  objects?: readonly unknown[];
}

export interface StreamEvent {
  id: string;
  type: string;
  source: string;
  /** When it happened at its source, RFC 3339. */
  timestamp: string;
  /** When the log took it, RFC 3339. */
  recorded_at: string;
  partition: number;
  offset: number;
  correlation_id: string | null;
  user_id: string | null;
  version: string;
  simulated: boolean;
  /** Anything that is JSON: whoever may write events may write any. `shown` says what of it can be shown. */
  data: unknown;
}

const WORDS: readonly (keyof EventData)[] = [
  'file_name', 'file_name_base64', 'provider', 'bucket', 'operation', 'data_temperature', 'pattern_type', 'current_tier', 'recommended_tier', 'currency', 'migration_id', 'status', 'error', 'message', 'url', 'store_id',
];
const NUMBERS: readonly (keyof EventData)[] = ['size_bytes', 'access_count', 'amount', 'confidence', 'progress'];
const isNumber = (v: unknown): boolean => typeof v === 'number' && Number.isFinite(v), isWord = (v: unknown): boolean => typeof v === 'string';
const looked = new WeakMap<StreamEvent, EventData>();
const NOTHING: EventData = {};

/** The members of an event's data that are what their names say; what is of another kind is as if it were not there. */
export function shown(event: StreamEvent): EventData {
  const { data } = event;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return NOTHING;
  let found = looked.get(event);
  if (!found) {
    const all = data as Record<string, unknown>, of = (names: readonly (keyof EventData)[], is: (v: unknown) => boolean) => names.filter(n => is(own(all, n))).map(n => [n, all[n]] as const);
    found = Object.fromEntries([...of(WORDS, isWord), ...of(NUMBERS, isNumber), ...of(['objects'], Array.isArray)]) as EventData;
    looked.set(event, found);
  }
  return found;
}

export type ServerMessage =
  | { type: 'connection'; status: string; message: string; timestamp: string; session: string; server_version: string; heartbeat_ms: number; cursor: string }
  | { type: 'event'; data: StreamEvent; cursor: string }
  | { type: 'events'; data: StreamEvent[]; cursor: string }
  | { type: 'heartbeat'; timestamp: string; subscribers: number; cursor: string; head: string; lag_events: number; lag_ms: number }
  | { type: 'gap'; from: string; to: string; count: number | null; reason: string }
  | { type: 'ack'; id: string | null; action: string; cursor: string }
  | { type: 'error'; id: string | null; code: string; message: string; retryable: boolean; position?: number; suggestion?: string | null }
  | { type: 'goaway'; retry_after_ms: number; reason: string };

const KNOWN = new Set(['connection', 'event', 'events', 'heartbeat', 'gap', 'ack', 'error', 'goaway']);

/** A message of a kind this page knows, or null: a later server may say more, and that must not stop the stream. */
export function parse(text: string): ServerMessage | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && KNOWN.has((value as { type: string }).type) ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}

/**
 * The cursor at which reading begins with this very event: a permalink. It is written in the protocol's own text form,
 * with the epoch of a cursor that came with the event. Null for simulated events, which have no lasting address.
 */
export function cursorOf(event: StreamEvent, near: string | null): string | null {
  const epoch = /^(v1-[0-9a-f]+)-/.exec(near ?? '');
  return epoch && !event.simulated ? `${epoch[1]}-e${event.partition}-${event.offset}` : null;
}
