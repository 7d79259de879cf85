import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, drag, grip, press, type Bars } from '../../src/charts/brush';

const bars: Bars = { first: 1000, width: 10, count: 90 };

test('a drag chooses whole bars, in either direction, and never beyond the chart', () => {
  assert.deepEqual(drag(bars, grip(bars, 1105, null, 4), 1134), [1100, 1140]);
  assert.deepEqual(drag(bars, grip(bars, 1134, null, 4), 1105), [1100, 1140]);
  assert.deepEqual(drag(bars, grip(bars, 1105, null, 4), 99_999), [1100, 1900]);
  assert.deepEqual(drag(bars, grip(bars, 1105, null, 4), -5), [1000, 1110]);
});

test('an edge is moved alone, and the middle moves all', () => {
  assert.deepEqual(drag(bars, grip(bars, 1202, [1100, 1200], 4), 1255), [1100, 1260]);
  assert.deepEqual(drag(bars, grip(bars, 1098, [1100, 1200], 4), 1150), [1150, 1200]);
  assert.deepEqual(drag(bars, grip(bars, 1150, [1100, 1200], 4), 1171), [1120, 1220]);
  assert.deepEqual(drag(bars, grip(bars, 1150, [1100, 1200], 4), 9999), [1800, 1900]);
  assert.deepEqual(drag(bars, grip(bars, 1300, [1100, 1200], 4), 1300), [1300, 1310]);
});

test('keys choose too: arrows a bar, with Shift the stretch grows', () => {
  const newest = press(bars, 'ArrowLeft', false, null);
  assert.deepEqual(newest, [1890, 1900]);
  assert.deepEqual(press(bars, 'ArrowLeft', false, newest), [1880, 1890]);
  assert.deepEqual(press(bars, 'ArrowLeft', true, newest), [1880, 1900]);
  assert.deepEqual(press(bars, 'ArrowRight', true, [1100, 1120]), [1100, 1130]);
  assert.deepEqual(press(bars, 'PageDown', false, [1100, 1110]), [1040, 1050]);
  assert.deepEqual(press(bars, 'Home', true, [1100, 1110]), [1000, 1110]);
  assert.deepEqual(press(bars, 'ArrowRight', false, [1890, 1900]), [1890, 1900]);
  assert.equal(press(bars, 'a', false, newest), null);
  assert.deepEqual(between(bars, 3, 3), [1030, 1040]);
});

test('the edge that is not held stays exactly where it is, also within a bar', () => {
  assert.deepEqual(drag(bars, grip(bars, 1098, [1100, 1207], 4), 1055), [1050, 1207]);
  assert.deepEqual(drag(bars, grip(bars, 1209, [1103, 1207], 4), 1255), [1103, 1260]);
  assert.deepEqual(drag(bars, grip(bars, 1209, [1103, 1207], 4), 1045), [1040, 1103]);
});
