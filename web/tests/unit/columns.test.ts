import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLUMNS, STANDARD, fit, read } from '../../src/live/columns';

test('type and object are always there, and what is not known is no column', () => {
  assert.deepEqual(read(null), STANDARD);
  assert.deepEqual(read(''), ['type', 'name']);
  assert.deepEqual(read('age,size,nonsense,time'), ['time', 'type', 'name', 'size', 'age']);
});

test('where there is no room the least goes first, in a fixed order', () => {
  assert.deepEqual(fit(STANDARD, 1200).columns, STANDARD);
  assert.deepEqual(fit(STANDARD, 979).columns, ['time', 'type', 'name', 'provider', 'size', 'cost', 'heat', 'age']);
  assert.deepEqual(fit(STANDARD, 739).columns, ['type', 'name', 'provider', 'size', 'cost', 'age']);
  // Who chose every column loses no more than has to go.
  assert.deepEqual(COLUMNS.filter(c => !fit(COLUMNS, 1182).columns.includes(c)), ['op', 'reads']);
  assert.deepEqual(fit(STANDARD, 600).columns, ['type', 'name', 'size', 'cost', 'age']);
  assert.deepEqual(fit(STANDARD, 530).columns, ['type', 'name', 'size', 'cost', 'age']);
  assert.deepEqual(fit(STANDARD, 430).columns, ['type', 'name', 'size', 'age']);
  assert.deepEqual(fit(read('heat'), 500).columns, ['type', 'name', 'heat']);
  assert(fit(read('source,user'), 2000).template.includes('150px'));
});
