import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventPage } from '../../src/api/types';
import type { StreamEvent } from '../../src/stream/core/messages';
import { found, placeOf, rowsOf } from '../../src/stream/core/pages';
import { bars, counted, sortedSince, uncounted } from '../../src/stream/core/span';

const event = (offset: number): StreamEvent => ({ id: `e${offset}`, type: 'cloud.upload', source: 's', timestamp: '2026-11-24T00:00:00.000Z', recorded_at: '2026-11-24T00:00:00.000Z', partition: 0, offset, correlation_id: null, user_id: null, version: '1.0', simulated: false, data: {} });
const page = (offsets: number[], gaps?: EventPage['gaps']): EventPage => ({ events: offsets.map(event), total: null, limit: 200, next_cursor: null, gaps });
const gap = (from: number, to: number, reason: string) => ({ from: `v1-1f-e0-${from}`, to: `v1-1f-e0-${to}`, count: to - from, reason });
const say = (rows: ReturnType<typeof rowsOf>): string[] => rows.map(r => (r.kind === 'gap' ? `gap ${r.count}` : r.event.id));

test('a permalink is the event it was made of, or says why it is not', () => {
  assert.deepEqual(placeOf('v1-1f-e0-1284031'), { partition: 0, offset: 1284031 });
  assert.equal(placeOf('garbage'), null);
  assert.equal(found('v1-1f-e0-7', page([7, 8])), 'there');
  assert.equal(found('v1-1f-e0-7', page([50], [gap(7, 50, 'retention')])), 'trimmed');
  assert.equal(found('v1-1f-e0-7', page([9], [gap(5, 9, 'damage')])), 'damaged');
  assert.equal(found('v1-1f-e0-7', page([8])), 'other');
  assert.equal(found('v1-1f-e0-7', page([])), 'other');
});

test('gaps stand at their place, whichever way a page runs', () => {
  assert.deepEqual(say(rowsOf(page([1, 2, 9], [gap(3, 9, 'damage')]), null)), ['e1', 'e2', 'gap 6', 'e9']);
  assert.deepEqual(say(rowsOf(page([9, 2, 1], [gap(3, 9, 'damage')]), null)), ['e9', 'gap 6', 'e2', 'e1']);
  assert.deepEqual(say(rowsOf(page([], [gap(3, 9, 'damage')]), null)), ['gap 6']);
});

test('bars of a stretch of time are round and about ninety', () => {
  assert.deepEqual(bars([0, 900_000]), { first: 0, span: 10_000, count: 90 });
  assert.deepEqual(bars([30_000, 3_630_000]), { first: 0, span: 60_000, count: 61 });
  assert.equal(bars([0, 86_400_000]).count <= 92, true);
  assert.equal(bars([0, 400 * 86_400_000]).count <= 92, true);
});

test('totals are there at once; what is not told apart yet has a place of its own and is never a zero', () => {
  const bar = (total: number, by_type: Record<string, number> = {}) => ({ start: '', total, by_type }), answer = (...told: ReturnType<typeof bar>[]) => ({ bars: told, bar_seconds: 1, next_cursor: null, scanned: 0 });
  const range = [500, 3_000] as const, band = (type: string): number => 'ab'.indexOf(type), none = uncounted(range, 2);
  assert.deepEqual(none.map(b => [b.at, ...b.counts]), [[0, 0, 0, 0], [1000, 0, 0, 0], [2000, 0, 0, 0]]);
  const first = counted(none, answer(bar(5), bar(7, { a: 1 }), bar(2, { a: 1, b: 1 })), 2, band);
  assert.deepEqual(first.map(b => b.counts), [[0, 0, 5], [1, 0, 6], [1, 1, 0]]);
  assert.equal(sortedSince(first, range, 1000, 2), 2000);
  const second = counted(first, answer(bar(5, { b: 5 }), bar(7, { b: 6 }), bar(2)), 2, band);
  assert.deepEqual(second.map(b => b.counts), [[0, 5, 0], [1, 6, 0], [1, 1, 0]]);
  assert.equal(sortedSince(second, range, 1000, 2), 500);
  // Retention between two answers takes from the totals, not from what was counted.
  assert.deepEqual(counted(second, answer(bar(0), bar(7), bar(2)), 2, band)[0].counts, [0, 5, 0]);
});
