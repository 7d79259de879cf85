import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOW, PACE, PAGE, Replay, STEP } from '../../src/stream/core/replay';
import type { StreamEvent } from '../../src/stream/core/messages';
import type { EventPage } from '../../src/api/types';

const T = 1_764_000_000_000;
const event = (offset: number, at: number): StreamEvent => ({ id: `e${offset}`, type: 'cloud.upload', source: 's', timestamp: new Date(at).toISOString(), recorded_at: new Date(at).toISOString(), partition: 0, offset, correlation_id: null, user_id: null, version: '1.0', simulated: false, data: {} });
const page = (events: StreamEvent[], next: string | null = null): EventPage => ({ events, total: null, limit: PAGE, next_cursor: next });
const many = (n: number, first: number, at: number, every: number): StreamEvent[] => Array.from({ length: n }, (_, i) => event(first + i, at + i * every));

test('events come in their own rhythm, times the speed', () => {
  const r = new Replay(T, T + 60_000, 10);
  assert(r.wants(0));
  r.page(page([event(0, T + 1000), event(1, T + 20_000), event(2, T + 59_000)]), 0);
  r.tick(0);
  assert.equal(r.tick(50).length, 0);
  assert.equal(r.tick(100).length, 1);
  assert.equal(r.state.at, T + 1000);
  assert.equal(r.state.next, T + 20_000);
  assert.equal(r.tick(1100).length, 0);
  assert.equal(r.tick(2000).length, 1);
  for (let now = 3000; now <= 6000; now += 1000) r.tick(now);
  assert(r.state.ended);
  assert.equal(r.state.told, 3);
  assert.equal(r.wants(10_000), null);
});

test('one page at a time, not before the last one is nearly used up, and never faster than its pace', () => {
  const r = new Replay(T, T + 3_600_000, 100);
  assert.deepEqual(r.wants(0), { order: 'asc', limit: String(PAGE), since: new Date(T).toISOString(), until: new Date(T + 3_600_000).toISOString() });
  assert.equal(r.wants(5), null);
  r.page(page(many(PAGE, 0, T, 1), 'v1-1f-e0-1000'), 0);
  assert.equal(r.wants(1000), null);
  r.tick(0);
  for (let now = 10; PAGE - r.state.told > LOW; now += 10) r.tick(now);
  assert.equal(r.wants(PACE + 1000)?.cursor, 'v1-1f-e0-1000');
  r.page(page([], 'v1-1f-e0-2000'), 0);
  assert.equal(r.wants(PACE + 1001), null);
  assert(r.wants(2 * PACE + 1000));
});

test('what is too much for its speed makes it slower, and loses nothing', () => {
  const r = new Replay(T, T + 100_000, 100), seen: string[] = [];
  let offset = 0, asked = 0;
  for (let now = 0; now < 20_000; now += 16) {
    if (r.wants(now)) { asked++; r.page(page(many(PAGE, offset, T + offset / 20, 0.05), 'v1-1f-e0-1'), 0); offset += PAGE; }
    const rows = r.tick(now);
    assert(rows.length <= STEP);
    for (const row of rows) if (row.kind === 'event') seen.push(row.event.id);
  }
  assert(asked <= 20_000 / PACE + 1);
  assert.deepEqual(seen.slice(0, 3), ['e0', 'e1', 'e2']);
  assert.equal(seen.length, new Set(seen).size);
  assert.equal(r.state.told, seen.length);
  assert(r.state.reached !== null && r.state.reached < 100);
});

test('a page that is late stops the clock; a pause stops it too, and a sleep is no time', () => {
  const r = new Replay(T, T + 3_600_000, 10);
  r.wants(0);
  r.tick(0);
  r.tick(5000);
  assert.equal(r.state.at, T);
  assert(r.state.waiting);
  r.page(page([event(0, T + 10), event(1, T + 900_000)]), 0);
  r.tick(5100);
  r.play(false);
  const at = r.state.at;
  r.tick(9000);
  assert.equal(r.state.at, at);
  r.play(true);
  r.tick(9000);
  r.tick(999_000);
  assert(r.state.at <= at + 20_000);
  r.skip();
  assert.equal(r.state.at, T + 900_000);
  assert.equal(r.tick(999_001).length, 1);
});

test('a gap is a row at its place; a failure is told and tried again later', () => {
  const r = new Replay(T, T + 1000, 1);
  r.wants(0);
  r.failed('no answer');
  assert.equal(r.state.problem, 'no answer');
  assert.equal(r.wants(PACE), null);
  assert(r.wants(20 * PACE));
  r.page({ ...page([event(4, T + 5), event(9, T + 6)]), gaps: [{ from: 'v1-1f-e0-5', to: 'v1-1f-e0-9', count: 4, reason: 'damage' }] }, 0);
  r.tick(0);
  assert.deepEqual(r.tick(100).map(x => (x.kind === 'gap' ? `gap ${x.count}` : x.event.id)), ['e4', 'gap 4', 'e9']);
  assert.equal(r.state.problem, null);
});

test('one that begins paused reads its first page and stands', () => {
  const r = new Replay(T, T + 60_000, 100, false);
  assert(r.wants(0));
  r.page(page([event(0, T), event(1, T + 1000)]), 0);
  for (let now = 0; now <= 2000; now += 500) assert.equal(r.tick(now).length, 0);
  assert.equal(r.state.at, T);
  r.play(true);
  assert.equal(r.tick(2500).length, 2);
});
