import type { IconName } from '../ui/Icon';
import { own } from '../lib/own';
import { text } from '../text';

export type Family = 'cloud' | 'migration' | 'cost' | 'access' | 'ml' | 'system' | 'other' | 'alert' | 'fail';
interface TypeLook { icon: IconName; family: Family; says: string }

const LOOKS: Record<string, TypeLook> = {
  'cloud.upload': { icon: 'upload', family: 'cloud', says: text.types.upload },
  'cloud.download': { icon: 'download', family: 'cloud', says: text.types.download },
  'cloud.delete': { icon: 'remove', family: 'cloud', says: text.types.delete },
  'migration.started': { icon: 'depart', family: 'migration', says: text.types.started },
  'migration.progress': { icon: 'underway', family: 'migration', says: text.types.progress },
  'migration.completed': { icon: 'done', family: 'migration', says: text.types.completed },
  'migration.failed': { icon: 'failed', family: 'fail', says: text.types.failed },
  'ml.prediction': { icon: 'forecast', family: 'ml', says: text.types.prediction },
  'cost.savings_found': { icon: 'tag', family: 'cost', says: text.types.saving },
  'cost.alert': { icon: 'bell', family: 'alert', says: text.types.alert },
  'access.pattern_detected': { icon: 'pattern', family: 'access', says: text.types.pattern },
  'system.inventory': { icon: 'objects', family: 'system', says: text.types.inventory },
  'system.store_added': { icon: 'plus', family: 'system', says: text.types.storeAdded },
  'system.store_removed': { icon: 'minus', family: 'system', says: text.types.storeRemoved },
  'system.store_paused': { icon: 'pause', family: 'system', says: text.types.storePaused },
  'system.store_resumed': { icon: 'play', family: 'system', says: text.types.storeResumed },
  'system.store_away': { icon: 'unplug', family: 'alert', says: text.types.storeAway },
  'system.store_back': { icon: 'plug', family: 'system', says: text.types.storeBack },
  'system.started': { icon: 'power', family: 'system', says: text.types.serverStarted },
  'system.stopping': { icon: 'stop', family: 'system', says: text.types.serverStopping },
  'system.watch_overflow': { icon: 'warn', family: 'alert', says: text.types.overflow },
};
const FAMILIES: [string, Family][] = [['cloud.', 'cloud'], ['migration.', 'migration'], ['ml.', 'ml'], ['cost.', 'cost'], ['access.', 'access']];

/** An unknown type takes its family's colour, or grey, and a rack; what is nobody's of ours is grey too. */
export function look(type: string): TypeLook {
  return own(LOOKS, type) ?? { icon: 'server', family: FAMILIES.find(([p]) => type.startsWith(p))?.[1] ?? (type.startsWith('system.') ? 'system' : 'other'), says: text.types.other };
}
export const TYPE_NAMES: readonly string[] = Object.keys(LOOKS);

/** The bands of the rate chart, bottom to top, each with the filter that selects just what it shows. Failures and alerts lie on top, where the eye is. */
export const BANDS: readonly { family: Family; label: string; term: string }[] = [
  { family: 'cloud', label: text.bands.cloud, term: 'type:cloud.*' }, { family: 'access', label: text.bands.access, term: 'type:access.*' },
  { family: 'ml', label: text.bands.ml, term: 'type:ml.*' }, { family: 'cost', label: text.bands.cost, term: 'type:cost.savings_found' },
  { family: 'migration', label: text.bands.migration, term: '(type:migration.* -type:migration.failed)' }, { family: 'system', label: text.bands.system, term: 'type:system.*' },
  { family: 'other', label: text.bands.other, term: '-(type:cloud.* OR type:access.* OR type:ml.* OR type:cost.savings_found OR type:cost.alert OR type:migration.* OR type:system.*)' },
  { family: 'alert', label: text.bands.alert, term: 'type:cost.alert' }, { family: 'fail', label: text.bands.fail, term: 'type:migration.failed' },
];
export const BAND_TERMS: readonly string[] = BANDS.map(b => b.term);

/** The band of a type. Inventory is no happening and is in no chart; notices of trouble stay with the server's own. Of costs only what is known to be a saving is one. */
export function bandOf(type: string): number {
  if (type === 'system.inventory') return -1;
  const family = type.startsWith('system.') ? 'system' : type.startsWith('cost.') && !own(LOOKS, type) ? 'other' : look(type).family;
  return BANDS.findIndex(b => b.family === family);
}
