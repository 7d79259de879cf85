import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed, KEEP, tell } from '../../src/stream/core/feed';
import type { StreamEvent } from '../../src/stream/core/messages';

const event = (offset: number, simulated = false): StreamEvent => ({
  id: `evt_${offset}`, type: 'cloud.upload', source: 'file:///x', timestamp: '2026-11-24T10:00:00.000Z', recorded_at: '2026-11-24T10:00:00.000Z', partition: 0, offset, correlation_id: null, user_id: null, version: '1.0', simulated, data: {},
});
const span = (from: number, to: number): StreamEvent[] => Array.from({ length: to - from }, (_, i) => event(from + i));
const offsets = (f: Feed): number[] => f.rows.flatMap(r => (r.kind === 'event' ? [r.event.offset] : [-1]));

test('the newest event is on top and history joins what comes without a seam', () => {
  const f = new Feed();
  f.arrive(span(0, 3), 'v1-1f-e0-3', 0);
  f.arrive(span(3, 5), 'v1-1f-e0-5', 9);
  f.flush();
  assert.deepEqual(offsets(f), [4, 3, 2, 1, 0]);
});

test('an event that comes twice is shown once and counted as told twice', () => {
  const f = new Feed();
  f.arrive(span(0, 4), 'v1-1f-e0-4', 0);
  f.arrive(span(2, 6), 'v1-1f-e0-6', 0);
  f.flush();
  assert.deepEqual(offsets(f), [5, 4, 3, 2, 1, 0]);
  assert.equal(f.duplicates, 2);
});

test('simulated events have offsets of their own and never hide real ones', () => {
  const f = new Feed();
  f.arrive([event(7), event(3, true), event(8)], 'v1-1f-e0-9-s0-4', 0);
  f.flush();
  assert.deepEqual(offsets(f), [8, 3, 7]);
  f.dropSimulated();
  assert.deepEqual(offsets(f), [8, 7]);
});

test('a held view stands still, counts what is new, and resuming inserts all of it', () => {
  const f = new Feed();
  f.arrive(span(0, 2), 'v1-1f-e0-2', 0);
  f.hold(true);
  const before = f.rows;
  f.arrive(span(2, 26), 'v1-1f-e0-26', 0);
  f.flush();
  assert.equal(f.rows, before);
  assert.equal(f.fresh, 24);
  f.hold(false);
  assert.equal(f.rows.length, 26);
  assert.equal(f.fresh, 0);
});

test('a new view is not held by the pause of the one before', () => {
  const f = new Feed();
  f.arrive(span(0, 9), 'v1-1f-e0-9', 0);
  f.hold(true);
  f.clear();
  f.arrive(span(2, 5), 'v1-1f-e0-5', 0);
  f.flush();
  assert.deepEqual(offsets(f), [4, 3, 2]);
});

test('never more than 10,000 rows, also behind a pause, and no hole among them', () => {
  const f = new Feed();
  for (let i = 0; i < 30; i++) { f.arrive(span(i * 500, i * 500 + 500), 'v1-1f-e0-1', 0); f.flush(); }
  assert.equal(f.rows.length, KEEP);
  f.hold(true);
  for (let i = 30; i < 60; i++) { f.arrive(span(i * 500, i * 500 + 500), 'v1-1f-e0-1', 0); f.flush(); }
  f.hold(false);
  const o = offsets(f);
  assert.equal(o.length, KEEP);
  assert.equal(o[0], 29_999);
  assert(o.every((x, i) => i === 0 || x === o[i - 1] - 1));
});

test('a gap stands at its place; after a reset the offsets begin anew', () => {
  const f = new Feed();
  f.arrive(span(50, 52), 'v1-1f-e0-52', 0);
  f.gap(1204, 'retention');
  f.arrive(span(1256, 1258), 'v1-1f-e0-1258', 0);
  f.gap(null, 'reset');
  f.arrive(span(0, 2), 'v1-2a-e0-2', 0);
  f.flush();
  assert.deepEqual(offsets(f), [1, 0, -1, 1257, 1256, -1, 51, 50]);
  assert.equal(new Set(f.rows.map(r => r.key)).size, f.rows.length);
});

test('an event has the permalink at which reading begins with it; a simulated one has none', () => {
  const f = new Feed();
  f.arrive([event(1042), event(3, true)], 'v1-1f9c-e0-1050', 0);
  f.flush();
  assert.deepEqual(f.rows.map(r => (r.kind === 'event' ? r.cursor : 'gap')), [null, 'v1-1f9c-e0-1042']);
});

test('what is before the oldest row joins below it, and its cursor is where to ask', () => {
  const f = new Feed();
  f.arrive(span(10, 13), 'v1-1f-e0-13', 0);
  f.flush();
  assert.equal(f.oldest, 'v1-1f-e0-10');
  f.older([event(9), event(7)], false);
  assert.deepEqual(offsets(f), [12, 11, 10, 9, 7]);
  assert.equal(f.oldest, 'v1-1f-e0-7');
  f.older([event(1)], true);
  assert(f.ended && !f.full);
  f.arrive(span(13, 14), 'v1-1f-e0-14', 0);
  f.flush();
  assert.deepEqual(offsets(f), [13, 12, 11, 10, 9, 7, 1]);
  f.older(Array.from({ length: KEEP }, (_, i) => event(-i)), false);
  assert(f.rows.length === KEEP && f.full, 'never more than there is room for');
  f.clear();
  assert(!f.ended);
});

test('a gap is no event, and what was made up is in no total', () => {
  const f = new Feed();
  f.arrive(span(0, 4), 'v1-1f-e0-4', 0);
  f.gap(3000, 'retention');
  f.arrive([event(0, true)], 'v1-1f-e0-4', 0);
  f.flush();
  assert.equal(f.rows.length, 6);
  assert.deepEqual(tell(f.rows), { events: 5, counted: 4 });
});
