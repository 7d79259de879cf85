import type { Row } from '../stream/core/feed';
import type { EventData } from '../stream/core/messages';
import { TYPE_NAMES } from './types-table';

const LOOK_AT = 2000;
const FIXED: Record<string, readonly string[]> = { type: ['cloud.*', 'migration.*', 'cost.*', 'ml.*', 'access.*', 'system.*', ...TYPE_NAMES], provider: ['aws', 'azure', 'gcp', 'file'], temperature: ['HOT', 'WARM', 'COLD', 'ARCHIVE'], simulated: ['true', 'false'] };
const OF_DATA: Record<string, keyof EventData> = { bucket: 'bucket', name: 'file_name', operation: 'operation', pattern: 'pattern_type', tier: 'current_tier', recommended_tier: 'recommended_tier', status: 'status', migration: 'migration_id' };

/** Values of a field among the newest rows, for suggestions. */
export function seen(rows: readonly Row[], field: string): readonly string[] {
  const found = new Set<string>(FIXED[field] ?? []), key = OF_DATA[field];
  for (const r of rows.slice(0, LOOK_AT)) {
    if (r.kind !== 'event') continue;
    const e = r.event, v = key ? e.data[key] : field === 'type' ? e.type : field === 'source' ? e.source : field === 'user' ? e.user_id : null;
    if (typeof v === 'string' && v) found.add(v);
  }
  return [...found];
}
