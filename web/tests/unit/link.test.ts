import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Link, PING_EVERY, type Action } from '../../src/stream/core/link';
import type { ServerMessage, StreamEvent } from '../../src/stream/core/messages';

const T = Date.parse('2026-11-24T10:00:00.000Z');
const hello = (cursor = 'v1-1f-e0-100'): ServerMessage => ({ type: 'connection', status: 'connected', message: '', timestamp: new Date(T).toISOString(), session: 's', server_version: '0.1.0', heartbeat_ms: 5000, cursor });
const event = (offset: number, age = 0): StreamEvent => ({ id: `e${offset}`, type: 'cloud.upload', source: 'x', timestamp: new Date(T - age).toISOString(), recorded_at: new Date(T - age).toISOString(), partition: 0, offset, correlation_id: null, user_id: null, version: '1.0', simulated: false, data: {} });
const events = (from: number, n: number, age = 0): ServerMessage => ({ type: 'events', data: Array.from({ length: n }, (_, i) => event(from + i, age)), cursor: `v1-1f-e0-${from + n}` });
const query = (actions: Action[]): Record<string, string> => { const c = actions.find(a => a.do === 'connect'); assert(c && c.do === 'connect', 'connects'); return c.query; };
const did = (actions: Action[]): string => actions.map(a => a.do).join(' ');
function live(filter = ''): Link {
  const l = new Link(filter);
  l.start(T);
  l.message(hello(), T);
  return l;
}

test('a new view begins with the last 200 events and asks for batches', () => {
  assert.deepEqual(query(new Link('size>1GB').start(T)), { batch: '1', from: '-200', filter: 'size>1GB' });
});

test('after a break it resumes at its cursor, waiting longer each time', () => {
  const l = live();
  l.message(events(100, 5), T);
  assert.equal(did(l.closed(1006, '', T, 0)), '');
  assert.equal(l.state.phase, 'reconnecting');
  assert.equal(l.state.retryAt, T + 250);
  assert.equal(did(l.tick(T + 100, 0)), '');
  const again = l.tick(T + 250, 0);
  assert.deepEqual(query(again), { batch: '1', from: 'v1-1f-e0-105' });
  assert.equal(did(l.closed(1006, '', T + 300, 1)), 'verify', 'a refused handshake is asked about');
  assert.equal(l.state.retryAt, T + 300 + 1000);
  for (let i = 0; i < 20; i++) { l.start(T); l.closed(1006, '', T, 1); }
  assert.equal(l.state.retryAt, T + 30_000, 'never more than half a minute');
});

test('a pause or a heartbeat moves the cursor, so that what was filtered out is not read again', () => {
  const l = live('name:x');
  l.message({ type: 'heartbeat', timestamp: new Date(T).toISOString(), subscribers: 1, cursor: 'v1-1f-e0-900', head: 'v1-1f-e0-900', lag_events: 0, lag_ms: 0 }, T);
  l.closed(1006, '', T, 0);
  assert.equal(query(l.start(T)).from, 'v1-1f-e0-900');
});

test('goaway is respected: it comes back when the server asked, and a little later by chance', () => {
  const l = live();
  l.message({ type: 'goaway', retry_after_ms: 4000, reason: 'restart' }, T);
  l.closed(1001, 'going away', T, 1);
  assert.equal(l.state.retryAt, T + 4800);
  assert.equal(l.state.leaving, 'restart');
});

test('4500 to 4999 is the end, 4000 to 4499 is not', () => {
  for (const [code, phase] of [[4500, 'failed'], [4999, 'failed'], [1008, 'failed'], [4408, 'reconnecting'], [4000, 'reconnecting'], [1011, 'reconnecting'], [4501, 'reconnecting']] as const) {
    const l = live();
    l.closed(code, 'why', T, 0);
    assert.equal(l.state.phase, phase, String(code));
  }
  const l = live();
  assert.equal(did(l.closed(4501, 'ended', T, 0)), 'verify');
  l.signedOut();
  assert.equal(l.state.phase, 'signed-out');
  assert.equal(did(l.tick(T + 60_000, 0)), '', 'nobody tries while signed out');
});

test('a filter is a question: old rows stay until the server agrees', () => {
  const l = live();
  l.message(events(100, 5), T);
  const [ask] = l.filter('type:cost.*', T);
  assert(ask.do === 'send');
  assert.deepEqual(ask.message, { id: 'filter-1', action: 'subscribe', filter: 'type:cost.*', from: '-200' });
  assert.equal(l.state.filter, '');
  assert.equal(did(l.message(events(105, 1), T)), 'events', 'the old subscription goes on until the ack');
  assert.equal(did(l.message({ type: 'ack', id: 'filter-1', action: 'subscribe', cursor: 'v1-1f-e0-60' }, T)), 'clear');
  assert.equal(l.state.filter, 'type:cost.*');
  assert.equal(l.state.cursor, 'v1-1f-e0-60');
});

test('a refused filter keeps the old one in force and says where it is wrong', () => {
  const l = live('size>1GB');
  l.filter('typ:x', T);
  assert.equal(did(l.message({ type: 'error', id: 'filter-1', code: 'bad_filter', message: 'no', retryable: false, position: 0, suggestion: 'type' }, T)), '');
  assert.equal(l.state.filter, 'size>1GB');
  assert.deepEqual(l.state.problem, { filter: 'typ:x', message: 'no', position: 0, suggestion: 'type' });
  assert.equal(did(l.filter('size>1GB', T)), '', 'going back asks nothing');
  assert.equal(l.state.problem, null);
});

test('a bad filter in the address fails once, with its reason, and a better one goes on', () => {
  const l = new Link('typ:x');
  l.start(T);
  l.message({ type: 'error', id: null, code: 'bad_filter', message: 'no', retryable: false, position: 0 }, T);
  assert.equal(did(l.closed(4500, 'bad filter', T, 0)), '');
  assert.equal(l.state.phase, 'failed');
  assert.equal(l.state.problem?.filter, 'typ:x');
  assert.deepEqual(query(l.filter('', T)), { batch: '1', from: '-200' });
});

test('a filter that got no answer before the break is asked again with the next connection', () => {
  const l = live();
  l.filter('size>1GB', T);
  l.closed(1006, '', T, 0);
  assert.deepEqual(query(l.tick(T + 1000, 0)), { batch: '1', from: '-200', filter: 'size>1GB' });
  assert.equal(did(l.message(hello(), T)), 'clear');
});

test('simulated events are asked for on a new connection at the same cursor', () => {
  const l = live();
  l.message(events(100, 5), T);
  const a = l.withSimulated(true, T);
  assert.equal(did(a), 'close connect');
  assert.deepEqual(query(a), { batch: '1', from: 'v1-1f-e0-105', simulated: '1' });
});

test('the round trip is measured by pings, one at a time', () => {
  const l = live();
  const [ping] = l.tick(T, 0);
  assert(ping.do === 'send');
  assert.equal(did(l.tick(T + 1000, 0)), '');
  l.message({ type: 'ack', id: ping.message.id as string, action: 'ping', cursor: 'c' }, T + 12);
  assert.equal(l.state.roundTrip, 12);
});

test('a connection that has gone silent is given up and opened anew', () => {
  const l = live();
  const a = l.tick(T + 21_000, 0);
  assert.equal(did(a), 'close');
  assert.equal(l.state.phase, 'reconnecting');
  assert.equal(l.state.close?.code, 4000);
});

test('stop stays stopped; start goes on where it stopped', () => {
  const l = live();
  l.message(events(100, 5), T);
  assert.equal(did(l.stop()), 'close');
  l.closed(1000, '', T, 0);
  assert.equal(did(l.tick(T + 99_000, 0)), '');
  assert.equal(query(l.start(T)).from, 'v1-1f-e0-105');
});

test('old events mean catching up, not a live lag of zero', () => {
  const l = live();
  const a = l.message(events(100, 500, 60_000), T);
  assert(a[0].do === 'events' && a[0].live === false);
  assert.equal(l.state.lagEvents, null);
  l.message(events(600, 1), T);
  assert.equal(l.state.lagEvents, 0);
});

test('the history with which a view begins is no lag; what comes late after it is', () => {
  const l = live();
  l.message(events(100, 150, 60_000), T);
  assert.deepEqual([l.state.lagEvents, l.state.fed], [null, null], 'not known, and not catching up');
  l.message(events(250, 50, 60_000), T);
  assert.equal(l.state.fed, null);
  l.message(events(300, 50, 60_000), T);
  assert.equal(l.state.fed, T);
  l.closed(1006, '', T, 0);
  l.start(T);
  l.message(hello(), T + 5);
  assert.equal(l.state.connected, T + 5);
  l.message(events(350, 50, 60_000), T + 5);
  assert.equal(l.state.fed, T + 5, 'after a break everything old is late');
  l.filter('size>1GB', T);
  l.message({ type: 'ack', id: 'filter-1', action: 'subscribe', cursor: 'v1-1f-e0-60' }, T);
  l.message(events(60, 20, 60_000), T);
  assert.deepEqual([l.state.lagEvents, l.state.fed], [null, null], 'a new filter is a new view');
});

test('pings leave room for heartbeats, which alone tell the lag', () => {
  assert(PING_EVERY > 2 * live().state.heartbeat);
});

test('after a gap nothing is missing only since then', () => {
  const l = live();
  l.message({ type: 'gap', from: 'a', to: 'v1-1f-e0-900', count: 3000, reason: 'retention' }, T + 5000);
  assert.equal(l.state.since, T + 5000);
});

test('a filter of the address that is refused ends the stream of the one before, as if it had been opened with it', () => {
  const l = live('size>1GB');
  l.filter('typ:x', T, true);
  assert.equal(did(l.message({ type: 'error', id: 'filter-1', code: 'bad_filter', message: 'no', retryable: false, position: 0, suggestion: 'type' }, T)), 'close');
  assert.equal(l.state.phase, 'failed');
  assert.equal(l.state.filter, 'typ:x');
  assert.equal(did(l.filter('', T)), 'close connect');
  assert.equal(did(l.message(hello(), T)), 'clear');
  assert.equal(l.state.problem, null);
});
