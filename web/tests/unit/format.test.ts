import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance, length, visible } from '../../src/lib/format';

test('what cannot be seen in a name is written out, and nothing else is touched', () => {
  assert.equal(visible('rtl-\u202egnp.exe'), 'rtl-⟨U+202E⟩gnp.exe');
  assert.equal(visible('a\nb\u0000\u200b'), 'a⟨U+000A⟩b⟨U+0000⟩⟨U+200B⟩');
  assert.equal(visible('Überblick 2026 – שלום 👩‍💻.pdf'), 'Überblick 2026 – שלום 👩‍💻.pdf');
});

test('a chance is never told as certain, and none is no 0', () => {
  assert.deepEqual([0, 0.004, 0.01, 0.626, 0.99, 0.996, 1].map(chance), ['<1 %', '<1 %', '1 %', '63 %', '99 %', '>99 %', '>99 %']);
  assert.deepEqual([null, undefined, NaN].map(chance), ['–', '–', '–']);
});

test('a length of time is told in the largest unit that it is a whole number of', () => {
  assert.deepEqual([1000, 90_000, 120_000, 7_200_000, 86_400_000, 30 * 86_400_000].map(length), ['1 s', '90 s', '2 min', '2 h', '1 d', '30 d']);
});
