import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggestions, type Hint } from '../../src/filter/fields';
import { alternatives, add, split, term, toggle, toggleAlternative, typePasses } from '../../src/filter/terms';

const raws = (text: string): string[] => split(text).map(t => t.raw);

test('quotes and brackets hold a piece together', () => {
  assert.deepEqual(raws('type:cost.* name:"a b.pdf" -size>1GB (provider:aws OR provider:gcp) NOT x AND y'), ['type:cost.*', 'name:"a b.pdf"', '-size>1GB', '(provider:aws OR provider:gcp)', 'NOT x', 'y']);
  assert.deepEqual(raws('name:"a \\" b" c'), ['name:"a \\" b"', 'c']);
});

test('alternatives are one piece, and go into brackets when something is added', () => {
  assert.deepEqual(raws('a OR b'), ['a OR b']);
  assert.equal(add('a OR b', 'size>1GB'), '(a OR b) size>1GB');
  assert.equal(add('size>1GB', 'a OR b'), 'size>1GB (a OR b)');
  assert.equal(add('"x OR y"', 'z'), '"x OR y" z');
});

test('toggling a piece twice changes nothing', () => {
  for (const text of ['', 'a', 'a "b c"', 'type:x size>1']) assert.equal(toggle(toggle(text, 'bucket:logs'), 'bucket:logs'), text);
});

test('a value from an event becomes a term that means exactly it', () => {
  assert.equal(term('name', 'a*b "c"\\d.pdf'), 'name:"a\\*b \\"c\\"\\\\d.pdf"');
  assert.equal(term('bucket', '/srv/reports'), 'bucket:/srv/reports');
  assert.equal(term('type', 'cloud.upload', true), '-type:cloud.upload');
});

test('the legend makes one piece of several types', () => {
  const all = ['type:cloud.*', 'type:ml.*', 'type:cost.alert'];
  let f = toggleAlternative('size>1', 'type:ml.*', all);
  assert.equal(f, 'size>1 type:ml.*');
  f = toggleAlternative(f, 'type:cloud.*', all);
  assert.equal(f, 'size>1 (type:ml.* OR type:cloud.*)');
  assert(typePasses(split(f), 'cloud.upload') && !typePasses(split(f), 'cost.alert'));
  f = toggleAlternative(toggleAlternative(f, 'type:ml.*', all), 'type:cloud.*', all);
  assert.equal(f, 'size>1');
});

test('suggestions know fields and the values that were seen', () => {
  const seen = (f: string): Hint[] => (f === 'bucket' ? [['/srv/reports', ''], ['two words', '']] : []);
  assert(suggestions('ty', seen).some(([s]) => s === 'type:'));
  assert(suggestions('-si', seen).some(([s]) => s === '-size>'));
  assert.deepEqual(suggestions('bucket:', seen).map(([s]) => s), ['bucket:/srv/reports', 'bucket:"two words"']);
});

test('a band may be a group of its own among the alternatives', () => {
  const moves = '(type:migration.* -type:migration.failed)', other = '-(type:cloud.* OR type:system.*)', all = ['type:cloud.*', moves, other];
  let f = toggleAlternative('', moves, all);
  assert.equal(f, moves);
  f = toggleAlternative(toggleAlternative(f, other, all), 'type:cloud.*', all);
  assert.equal(f, `(${moves} OR ${other} OR type:cloud.*)`);
  assert.deepEqual(alternatives(split(f)[0], all), [moves, other, 'type:cloud.*']);
  assert.equal(toggleAlternative(toggleAlternative(f, moves, all), 'type:cloud.*', all), other);
  assert.equal(alternatives(split('(type:cloud.* OR size>1)')[0], all), null);
});
