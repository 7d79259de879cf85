import type { EventPage, PageGap } from '../../api/types';
import { eventRow, type Row } from './feed';
import { cursorOf, type StreamEvent } from './messages';

/** Partition and offset of a cursor that stands for one event, or null. */
export function placeOf(cursor: string): { partition: number; offset: number } | null {
  const m = /-e(\d+)-(\d+)$/.exec(cursor);
  return m ? { partition: Number(m[1]), offset: Number(m[2]) } : null;
}
const offsetOf = (gap: PageGap): number => placeOf(gap.to)?.offset ?? 0;
export const gapRow = (gap: PageGap): Row => ({ kind: 'gap', key: `past-gap-${gap.from}-${gap.to}`, count: gap.count, reason: gap.reason });
export const keyOf = (e: StreamEvent): string => `past-${e.partition}-${e.offset}`;

/** The rows of a page in its own order, each gap at its place. `near` is any cursor of this log. */
export function rowsOf(page: EventPage, near: string | null, heard = 0): Row[] {
  const rows: Row[] = [], gaps = (page.gaps ?? []).slice().sort((a, b) => offsetOf(a) - offsetOf(b)), epoch = near ?? page.next_cursor ?? gaps[0]?.to ?? null;
  const falling = page.events.length > 1 && page.events[0].offset > page.events[page.events.length - 1].offset;
  if (falling) gaps.reverse();
  for (const e of page.events) {
    while (gaps.length && (falling ? offsetOf(gaps[0]) > e.offset : offsetOf(gaps[0]) <= e.offset)) rows.push(gapRow(gaps.shift()!));
    rows.push(eventRow(e, keyOf(e), cursorOf(e, epoch), heard));
  }
  return [...rows, ...gaps.map(gapRow)];
}

/** Whether a page that was asked for at a permalink begins with the very event it was made of; if not, why. */
export function found(link: string, page: EventPage): 'there' | 'trimmed' | 'damaged' | 'other' {
  const place = placeOf(link), first = page.events[0];
  if (place && first && first.partition === place.partition && first.offset === place.offset) return 'there';
  const gap = page.gaps?.find(g => (placeOf(g.from)?.offset ?? 0) <= (place?.offset ?? -1) && offsetOf(g) > (place?.offset ?? -1));
  if (gap) return gap.reason === 'retention' ? 'trimmed' : 'damaged';
  return 'other';
}
