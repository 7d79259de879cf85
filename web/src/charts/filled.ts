/** Reads of a UTC day; where `scans` is given, those of scans are apart. */
export interface Day { day: string; count: number; scans?: number }

const DAY = 86_400_000;
/** At most 90 days. They end with today, so that a silence since is seen, unless it is longer than that. */
export function filled(days: readonly Day[], now: number): Day[] {
  if (!days.length) return [];
  const at = new Map(days.map(d => [d.day, d])), times = days.map(d => Date.parse(d.day)), newest = Math.max(...times), today = Math.floor(now / DAY) * DAY, last = today - newest < 90 * DAY ? Math.max(newest, today) : newest, first = Math.max(Math.min(...times), last - 89 * DAY), out: Day[] = [];
  for (let ms = first; ms <= last; ms += DAY) { const d = new Date(ms).toISOString().slice(0, 10); out.push(at.get(d) ?? { day: d, count: 0 }); }
  return out;
}
