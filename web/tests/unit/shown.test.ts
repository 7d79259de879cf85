import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seen } from '../../src/live/seen';
import { subject } from '../../src/live/subject';
import { bandOf, look } from '../../src/live/types-table';
import { eventRow } from '../../src/stream/core/feed';
import { shown, type StreamEvent } from '../../src/stream/core/messages';
import { providerName } from '../../src/ui/Heat';

const at = '2026-11-29T12:00:00.000Z';
const event = (data: unknown, type = 'job.done'): StreamEvent => ({ id: 'x', type, source: '/jobs', timestamp: at, recorded_at: at, partition: 0, offset: 7, correlation_id: null, user_id: null, version: '1.0', simulated: false, data });

test('data may be any JSON; what is of another kind is as if it were not there', () => {
  for (const data of [null, 5, 'text', true, [], [1], {}, { file_name: 5 }, { file_name: ['x'] }, { bucket: 5 }, { provider: {} }, { data_temperature: 5 }, { objects: 3 }, { url: [1], message: null }, undefined]) {
    assert.deepEqual(shown(event(data)), {}, JSON.stringify(data));
    assert.deepEqual(subject(event(data)), { name: '/jobs', place: '' });
  }
  assert.deepEqual(shown(event({ file_name: 'a/b', size_bytes: '5', amount: 1.5, status: { x: 1 }, progress: Infinity })), { file_name: 'a/b', amount: 1.5 });
});

test('names of a language are nobody’s entry in a table', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(look(name).family, 'other');
    assert.equal(look(name).icon, 'server');
    assert.equal(bandOf(name) >= 0, true);
    assert.equal(providerName(name), name);
    assert.deepEqual(seen([eventRow(event({ provider: 'constructor' }), 'k', null)], name), []);
  }
});
