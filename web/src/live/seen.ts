import type { Hint } from '../filter/fields';
import type { Row } from '../stream/core/feed';
import { shown, type EventData } from '../stream/core/messages';
import { own } from '../lib/own';
import { text } from '../text';
import { providerName } from '../ui/Heat';
import { TYPE_NAMES, look } from './types-table';

const LOOK_AT = 2000;
/** What a field can hold whether it came or not, with what it means. */
const FIXED: Record<string, readonly Hint[]> = {
  type: [...['cloud', 'migration', 'cost', 'ml', 'access', 'system'].map(f => [`${f}.*`, text.filter.family(f)] as const), ...TYPE_NAMES.map(n => [n, look(n).says] as const)],
  provider: ['aws', 'azure', 'gcp', 'file'].map(p => [p, providerName(p)] as const),
  temperature: Object.entries(text.heat), simulated: [['true', text.filter.made], ['false', text.filter.real]],
};
const OF_DATA: Record<string, keyof EventData> = { bucket: 'bucket', name: 'file_name', operation: 'operation', pattern: 'pattern_type', tier: 'current_tier', recommended_tier: 'recommended_tier', status: 'status', migration: 'migration_id' };

/** Values of a field for suggestions: what it can hold, then what the newest rows hold. */
export function seen(rows: readonly Row[], field: string): readonly Hint[] {
  const found = new Map<string, string>(own(FIXED, field) ?? []), key = own(OF_DATA, field);
  for (const r of rows.slice(0, LOOK_AT)) {
    if (r.kind !== 'event') continue;
    const e = r.event, v = key ? shown(e)[key] : field === 'type' ? e.type : field === 'source' ? e.source : field === 'user' ? e.user_id : null;
    if (typeof v === 'string' && v && !found.has(v)) found.set(v, text.filter.seen);
  }
  return [...found];
}
