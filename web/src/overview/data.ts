import type { Overview } from '../api/types';
import { useAnswer } from '../session/answer';

const EVERY = 5000;
/** What there is and how it is read, kept up to date. */
export const useOverview = () => useAnswer<Overview>('/api/overview', EVERY);

/** Whether any object was. */
export const isJudged = (o: Overview): boolean => o.temperatures.some(t => t.data_temperature !== null);

export interface Reads { reads: number; scans: number; bytes: number }
/** Of the last `days` days that end with today (UTC). */
export function readsOf(o: Overview, days: number, now: number): Reads {
  const first = new Date(now - (days - 1) * 86_400_000).toISOString().slice(0, 10), sum = { reads: 0, scans: 0, bytes: 0 };
  for (const d of o.reads) if (d.day >= first) { sum.reads += d.reads; sum.scans += d.scan_reads; sum.bytes += d.bytes; }
  return sum;
}
