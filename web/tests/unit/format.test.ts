import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from '../../src/lib/format';

test('what cannot be seen in a name is written out, and nothing else is touched', () => {
  assert.equal(visible('rtl-\u202egnp.exe'), 'rtl-⟨U+202E⟩gnp.exe');
  assert.equal(visible('a\nb\u0000\u200b'), 'a⟨U+000A⟩b⟨U+0000⟩⟨U+200B⟩');
  assert.equal(visible('Überblick 2026 – שלום 👩‍💻.pdf'), 'Überblick 2026 – שלום 👩‍💻.pdf');
});
