import type { StoredObject } from '../api/types';

/**
 * How many rows a newer answer changes where it moves rows; 0 where each row stays in its place, so that it can be shown
 * at once without anything jumping under the reader's eyes.
 */
export function moving(shown: readonly StoredObject[], latest: readonly StoredObject[]): number {
  if (!shown.length || (shown.length === latest.length && shown.every((o, i) => o.id === latest[i].id))) return 0;
  const before = new Map(shown.map(o => [o.id, JSON.stringify(o)]));
  return Math.max(1, latest.filter(o => before.get(o.id) !== JSON.stringify(o)).length);
}
