import type { Provider, StreamEvent, Temperature } from '../stream/core/messages';

/** Shapes of the REST answers, as the public contract has them. */
export interface SignedIn { user: { name: string; scopes: string[] }; csrf_token?: string | null }

export interface Stats {
  total_events_produced: number;
  simulated_events: number;
  events_in_history: number;
  active_websocket_connections: number;
  active_subscribers: number;
  event_type_distribution: Record<string, number>;
  events_per_second: number;
  uptime_seconds: number;
  uptime_status: 'running' | 'draining';
  latency_ms: { p50: number | null; p90: number | null; p99: number | null; max: number | null } | null;
}

/** Offsets of a page's span that could not be shown. */
export interface PageGap { from: string; to: string; count: number | null; reason: string }
export interface EventPage { events: StreamEvent[]; total: number | null; limit: number; next_cursor: string | null; scanned?: number; gaps?: PageGap[] }

/** Bars of a stretch of time; by type it counts only what this answer looked at. */
export interface RatePage { bars: { start: string; total: number; by_type: Record<string, number> }[]; bar_seconds: number; next_cursor: string | null; scanned: number }

export interface SavedFilter { name: string; expression: string; changed_at: string }
export interface FilterPreset { name: string; expression: string }
export interface Filters { filters: SavedFilter[]; presets: FilterPreset[]; limit: number }

export interface Simulation { message: string; events_generated: number; files_processed: number; active_subscribers: number; simulation_id: string; duration_seconds?: number }

export interface Accesses { d1: number; d7: number; d30: number; d90: number; total: number }
/** Of UTC days that end with today. */
export interface Spans { days_1: number; days_7: number; days_30: number; days_90: number }
export interface ReadDay { day: string; reads: number; bytes: number; scan_reads: number }
export interface Overview {
  objects: number;
  bytes: number;
  stores: { id: string; url: string; bucket: string; objects: number; bytes: number }[];
  classes: { storage_class: string | null; objects: number; bytes: number }[];
  /** Only those that objects have; null is not judged. */
  temperatures: { data_temperature: Temperature | null; objects: number; bytes: number }[];
  reads: ReadDay[];
  hottest: StoredObject[] | null;
  /** The largest that are cold or archive. */
  coldest: StoredObject[] | null;
  generated_at: string;
}
export interface StoredObject {
  id: string;
  store_id: string;
  provider: Provider;
  bucket: string;
  file_name: string;
  size_bytes: number | null;
  storage_class: string | null;
  tier: string | null;
  etag: string | null;
  version_id: string | null;
  first_seen: string | null;
  last_modified: string | null;
  last_change: string | null;
  last_access: string | null;
  accesses: Accesses | null;
  reads?: Spans;
  bytes_read?: Spans;
  /** Of 90 days, in no other number. */
  scan_reads?: number;
  requesters?: number;
  /** Null where it was not judged: nothing is known of its reads. */
  data_temperature: Temperature | null;
  /** 0 to 1, of the temperature. */
  confidence: number | null;
  /** A forecast: how likely a read is within 30 days. */
  chance_30_days: number | null;
  judged_at: string | null;
  deleted: boolean;
}
export interface ObjectPage { objects: StoredObject[]; total: number | null; limit: number; next_cursor: string | null; as_of?: { cursor: string; lag_events: number } }
export interface ObjectDetail extends StoredObject { accesses_by_day: { day: string; count: number; bytes: number | null }[]; history?: ReadDay[]; renamed_from?: string | null; filter: string | null }

export type StoreState = 'starting' | 'indexing' | 'watching' | 'paused' | 'away' | 'failed';
export interface Store {
  id: string;
  url: string;
  provider: Provider;
  bucket: string;
  state: StoreState;
  message: string | null;
  objects: number | null;
  bytes: number | null;
  progress: { done: number; total: number | null } | null;
  last_rescan: string | null;
  added_at: string | null;
  origin: 'configuration' | 'api';
  watches?: number;
  overflows?: number;
  listing?: { interval_seconds: number; requests: number; retries: number; cost_usd_month: number | null } | null;
  access_data?: { source: string; through: string | null; behind_seconds: number | null; files: number; lines: number; unreadable_lines: number; trouble: string | null } | null;
}
