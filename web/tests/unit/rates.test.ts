import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKET, BUCKETS, Rates } from '../../src/stream/core/rates';

const T = 1_764_000_000_000;
const make = (): Rates => new Rates(2, t => (t === 'a' ? 0 : t === 'b' ? 1 : -1));
const sum = (r: Rates): number[] => r.view().reduce((s, b) => s.map((x, i) => x + b.counts[i]), [0, 0]);

test('totals become bars by their differences, whatever the page shows', () => {
  const r = make();
  r.restart({ a: 100, b: 5 }, T);
  r.observe({ a: 103, b: 5 }, T + 2000);
  r.observe({ a: 103, b: 6, c: 9 }, T + 4000);
  assert.deepEqual(sum(r), [3, 1]);
  assert.equal(r.view().length, BUCKETS);
});

test('history fills the bars before, and what is older stays unknown', () => {
  const r = make();
  assert(r.needsHistory(T));
  r.restart({ a: 1 }, T);
  r.history([{ type: 'a', at: T - 60_000 }, { type: 'b', at: T - 885_000 }, { type: 'a', at: T - 9e6 }], T - 900_000);
  assert.deepEqual(sum(r), [1, 1]);
  assert.equal(r.knownSince, T - 900_000);
});

test('after a long silence the history is read anew instead of inventing a bar', () => {
  const r = make();
  r.restart({ a: 1 }, T);
  assert(!r.needsHistory(T + 10_000));
  assert(r.needsHistory(T + 60_000));
});

test('the bars move on with time', () => {
  const r = make();
  r.restart({ a: 0 }, T);
  r.observe({ a: 4 }, T + 1000);
  r.advance(T + BUCKET * (BUCKETS - 5));
  assert.deepEqual(sum(r), [4, 0]);
  r.advance(T + BUCKET * (BUCKETS + 2));
  assert.deepEqual(sum(r), [0, 0]);
});

test('totals that went down are another log: begin anew', () => {
  const r = make();
  r.restart({ a: 100 }, T);
  r.observe({ a: 3 }, T + 1000);
  assert.deepEqual(sum(r), [0, 0]);
});
