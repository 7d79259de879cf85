import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANDS, bandOf } from '../../src/live/types-table';
import { BUCKET, BUCKETS, Rates, firstKnown, peak } from '../../src/stream/core/rates';

const T = 1_764_000_000_000;
const make = (): Rates => new Rates(2, t => (t === 'a' ? 0 : t === 'b' ? 1 : -1));
const bar = (at: number, ...counts: number[]) => ({ at, counts: [...counts, 0], rate: 0 });
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
  r.history([bar(T - 60_000, 1, 0), bar(T - 880_000, 0, 1), bar(T - 9e6, 1, 0)], T - 900_000);
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

test('a bar is known only from its beginning, and the peak is never below the rate that was told', () => {
  const r = make();
  r.restart({ a: 15_000 }, T + 4000, 1500);
  r.history([bar(T - 60_000, 3000, 0)], T - 57_500);
  const bars = r.view(), known = firstKnown(bars, r.knownSince);
  assert.equal(bars[known].at, T - 50_000);
  assert.equal(bars[known - 1].counts[0], 3000);
  assert.equal(peak(bars), 1500);
  assert.equal(firstKnown(bars, null), bars.length);
  r.history([], T - 900_000);
  assert.equal(firstKnown(r.view(), r.knownSince), 0);
});

test('only what is known to be a saving is drawn as one', () => {
  const family = (type: string) => BANDS[bandOf(type)].family;
  assert.deepEqual(['cost.savings_found', 'cost.alert', 'cost.report', 'ml.other'].map(family), ['cost', 'alert', 'other', 'ml']);
});
