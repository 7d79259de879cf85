import assert from 'node:assert/strict';
import { test } from 'node:test';
import { text } from '../../src/text';
import { numbersOf } from '../../src/text/plural';

test('a number takes the form that its language has for it', () => {
  const en = numbersOf('en', 'en-GB'), pl = numbersOf('pl', 'pl-PL');
  assert.equal(en.plural(1, { one: '# event', other: '# events' }), '1 event');
  assert.equal(en.plural(1284, { one: '# event', other: '# events' }), '1,284 events');
  const forms = { one: '# plik', few: '# pliki', many: '# plików', other: '# pliku' };
  assert.deepEqual([1, 3, 5, 22, 112].map(v => pl.plural(v, forms)), ['1 plik', '3 pliki', '5 plików', '22 pliki', '112 plików']);
  assert.equal(pl.plural(2, { other: '# x' }), '2 x');
});

test('every sentence is there, also with none, one and many of what it counts', () => {
  let sentences = 0;
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) { for (const [k, v] of Object.entries(value)) walk(v, `${path}.${k}`); return; }
    const say = (x: unknown): unknown => (value as (...given: unknown[]) => unknown)(x, x, x, x);
    for (const v of typeof value === 'function' ? [0, 1, 7].map(i => { try { return say(i); } catch { return say('x'); } }) : [value]) {
      sentences++;
      assert(typeof v === 'string' && !/undefined|NaN|\[object/.test(v), `${path}: ${String(v)}`);
      assert(!/\b1 (events|objects|stores|reads|changes|readers)\b/.test(String(v)), `${path}: ${String(v)}`);
    }
  };
  walk({ ...text, back: { ...text.back, lengths: text.back.lengths.map(l => l[1]) } }, 'text');
  assert(sentences > 300);
});
