import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredObject } from '../../src/api/types';
import { moving } from '../../src/objects/changes';
import { listOf, read } from '../../src/objects/query';

const row = (id: string, size = 1): StoredObject => ({ id, size_bytes: size }) as StoredObject;
const [a, b, c] = ['a', 'b', 'c'].map(id => row(id));

test('new figures in the same rows move nothing', () => {
  assert.equal(moving([a, b], [a, b]), 0);
  assert.equal(moving([a, b], [a, row('b', 9)]), 0);
});

test('an empty list is replaced without asking', () => assert.equal(moving([], [a, b]), 0));

test('rows that move are counted once each, with what is new or changed', () => {
  assert.equal(moving([a, b], [c, a]), 1);
  assert.equal(moving([a, b, c], [row('c', 9), row('b', 9), a]), 2);
  assert.equal(moving([a, b], [b]), 1, 'one that went is a change too');
  assert.equal(moving([a, b], [b, a]), 1, 'so is another order');
});

test('the address says which page, and a page without its cursor is the first', () => {
  const page = (search: string): [number, string | null] => { const q = read(new URLSearchParams(search)); return [q.page, q.cursor]; };
  assert.deepEqual(page(''), [1, null]);
  assert.deepEqual(page('page=7'), [1, null]);
  assert.deepEqual(page('page=7&cursor=x'), [7, 'x']);
  for (const bad of ['', '0', '-3', 'two', '1']) assert.deepEqual(page(`page=${bad}&cursor=x`), [2, 'x']);
});

test('what is asked of the server is the list, without the page', () => {
  const query = read(new URLSearchParams('q=a%26b&sort=size&order=asc&deleted=1&page=3&cursor=x'));
  assert.equal(listOf(query), 'limit=50&sort=size&order=asc&q=a%26b&deleted=1');
});

test('a temperature that there is narrows the list, another one does not', () => {
  const asked = (search: string): string | null => new URLSearchParams(listOf(read(new URLSearchParams(search)))).get('temperature');
  for (const known of ['HOT', 'WARM', 'COLD', 'ARCHIVE', 'NONE']) assert.equal(asked(`temperature=${known}&sort=size`), known);
  for (const bad of ['', 'hot', 'LUKEWARM', 'constructor']) assert.equal(asked(`temperature=${bad}`), null);
});
