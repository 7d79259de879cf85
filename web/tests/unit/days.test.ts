import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filled } from '../../src/charts/filled';

const now = Date.parse('2026-12-01T05:00:00Z'), days = (...of: string[]) => of.map(day => ({ day, count: 3 }));

test('the days in between and up to today are there, without reads', () => {
  assert.deepEqual(filled(days('2026-11-27', '2026-11-29'), now).map(d => [d.day, d.count]), [['2026-11-27', 3], ['2026-11-28', 0], ['2026-11-29', 3], ['2026-11-30', 0], ['2026-12-01', 0]]);
  assert.deepEqual(filled([], now), []);
});

test('of more than 90 days the last are shown; after a longer silence those before it', () => {
  const long = filled(days('2026-01-01', '2026-11-30'), now);
  assert.deepEqual([long.length, long[0].day, long[89].day], [90, '2026-09-03', '2026-12-01']);
  assert.deepEqual(filled(days('2026-05-01', '2026-05-02'), now).map(d => d.day), ['2026-05-01', '2026-05-02']);
});

test('a clock that is behind the server hides no day', () => assert.equal(filled(days('2026-12-02'), now)[0].count, 3));
