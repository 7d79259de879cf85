import { asked, backoff } from './backoff';
import type { ServerMessage, StreamEvent } from './messages';
import { verdict } from './verdict';

/** How much history a new view begins with. */
export const HISTORY = 200;
/** An answer to a ping puts off the next heartbeat, and only heartbeats tell the lag: ping less often than they come. */
export const PING_EVERY = 12_000;
/** Without a word for this many heartbeats the connection counts as broken. */
const SILENT_HEARTBEATS = 4;
const OPENING_LIMIT = 15_000;

export type Phase = 'connecting' | 'live' | 'reconnecting' | 'stopped' | 'failed' | 'signed-out';

export interface FilterProblem {
  filter: string;
  message: string;
  /** 0-based, in characters. */
  position: number | null;
  suggestion: string | null;
}

export interface LinkState {
  phase: Phase;
  /** Where reading goes on; null while nothing was read in this view. */
  cursor: string | null;
  filter: string;
  simulated: boolean;
  /** Tries since the last success. */
  attempt: number;
  retryAt: number | null;
  /** Why the server went, in its words. */
  leaving: string | null;
  close: { code: number; reason: string } | null;
  problem: FilterProblem | null;
  /** A filter the server has not answered yet. */
  asking: string | null;
  session: string | null;
  version: string | null;
  heartbeat: number;
  /** Milliseconds; null is not known. */
  roundTrip: number | null;
  lagEvents: number | null;
  lagMs: number | null;
  /** The server's clock less ours, milliseconds. */
  clockOffset: number;
  /** `recorded_at` of the newest event given, milliseconds. */
  newest: number | null;
  /** Since when nothing is missing: the first greeting, or the last gap. */
  since: number | null;
  /** When this connection was greeted, by our clock; null while there is none. */
  connected: number | null;
  /** When events came last, by our clock; null while they are the history with which a view begins. */
  fed: number | null;
}

export type Action =
  | { do: 'connect'; query: Record<string, string> }
  | { do: 'send'; message: Record<string, unknown> }
  | { do: 'close'; code: number; reason: string }
  | { do: 'events'; events: readonly StreamEvent[]; cursor: string; live: boolean }
  | { do: 'gap'; count: number | null; reason: string }
  | { do: 'clear' }
  /** Ask whether we are still signed in: a browser cannot see why a handshake was refused. */
  | { do: 'verify' };

/**
 * The stream as a state machine: what arrived goes in, what is to be done comes out. It knows no socket, clock or timer;
 * times are handed to it in milliseconds.
 */
export class Link {
  state: LinkState;
  private opened = 0;
  private greeted = false;
  private heard = 0;
  private pingId = 0;
  private pinged: { id: string; at: number } | null = null;
  private nextPing = 0;
  private question: { id: string; filter: string; addressed: boolean } | null = null;
  private questions = 0;
  private restart = false;
  private wantedDelay: number | null = null;
  /** So many events may still be the history that was asked for. */
  private history = 0;

  constructor(filter = '', simulated = false) {
    this.state = {
      phase: 'stopped', cursor: null, filter, simulated, attempt: 0, retryAt: null, leaving: null, close: null, problem: null, asking: null,
      session: null, version: null, heartbeat: 5_000, roundTrip: null, lagEvents: null, lagMs: null, clockOffset: 0, newest: null, since: null, connected: null, fed: null,
    };
  }

  private set(part: Partial<LinkState>): void {
    this.state = { ...this.state, ...part };
  }

  /** Also "Try now" and "Start": goes on at the cursor. */
  start(now: number): Action[] {
    if (this.opened) return [];
    this.opened = now;
    this.greeted = false;
    this.set({ phase: this.state.phase === 'reconnecting' ? 'reconnecting' : 'connecting', retryAt: null, close: null });
    this.history = this.state.cursor === null ? HISTORY : 0;
    const query: Record<string, string> = { batch: '1', from: this.state.cursor ?? `-${HISTORY}` };
    if (this.state.filter) query.filter = this.state.filter;
    if (this.state.simulated) query.simulated = '1';
    return [{ do: 'connect', query }];
  }

  stop(): Action[] {
    this.forget();
    this.set({ phase: 'stopped', retryAt: null, leaving: null, attempt: 0 });
    return [{ do: 'close', code: 1000, reason: 'stopped' }];
  }

  signedOut(): Action[] {
    if (this.state.phase === 'signed-out' || this.state.phase === 'stopped') return [];
    this.forget();
    this.set({ phase: 'signed-out', retryAt: null });
    return [{ do: 'close', code: 1000, reason: 'signed out' }];
  }

  /** What we knew of a connection that is no more. A question that got no answer is taken up by the next one. */
  private forget(): void {
    this.opened = 0;
    this.greeted = false;
    this.pinged = null;
    if (this.question) {
      this.set({ filter: this.question.filter, cursor: null, asking: null });
      this.question = null;
      this.restart = true;
    }
    this.set({ session: null, connected: null, roundTrip: null, lagEvents: null, lagMs: null });
  }

  /**
   * A new filter starts a new view: the last events that pass it, then what comes. One that is refused leaves the view as
   * it was, unless it is `addressed`: then the page stands for it, and no stream of another one goes on behind it.
   */
  filter(text: string, now: number, addressed = false): Action[] {
    const same = text === (this.state.asking ?? this.state.filter), refused = this.state.problem !== null;
    this.set({ problem: null });
    if (same && (!refused || this.state.phase === 'live')) return [];
    if (this.state.phase === 'live' && this.greeted) {
      const id = `filter-${++this.questions}`;
      this.question = { id, filter: text, addressed };
      this.set({ asking: text });
      return [{ do: 'send', message: { id, action: 'subscribe', filter: text, from: `-${HISTORY}` } }];
    }
    this.set({ filter: text, cursor: null });
    this.restart = true;
    if (this.state.phase === 'stopped' || this.state.phase === 'signed-out') return [];
    // Opening or waiting with the old filter, or failed because of it: begin again at once.
    this.opened = 0;
    this.question = null;
    this.set({ asking: null });
    return [{ do: 'close', code: 1000, reason: 'new filter' }, ...this.start(now)];
  }

  /** Simulated events are a parameter of the connection: it is opened anew, at the cursor. */
  withSimulated(on: boolean, now: number): Action[] {
    if (on === this.state.simulated) return [];
    this.set({ simulated: on });
    if (this.state.phase === 'stopped' || this.state.phase === 'signed-out') return [];
    this.forget();
    this.set({ phase: 'reconnecting' });
    return [{ do: 'close', code: 1000, reason: 'simulated events' }, ...this.start(now)];
  }

  message(m: ServerMessage, now: number): Action[] {
    this.heard = now;
    switch (m.type) {
      case 'connection': {
        const clear = this.restart;
        this.greeted = true;
        this.restart = false;
        this.nextPing = now;
        this.set({
          phase: 'live', attempt: 0, retryAt: null, leaving: null, close: null, session: m.session, version: m.server_version, heartbeat: m.heartbeat_ms || 5_000,
          clockOffset: this.offset(m.timestamp, now), cursor: this.state.cursor ?? m.cursor, since: this.state.since ?? now, connected: now,
        });
        return clear ? [{ do: 'clear' }] : [];
      }
      case 'event':
        return this.events([m.data], m.cursor, now);
      case 'events':
        return this.events(m.data, m.cursor, now);
      case 'heartbeat':
        this.set({ cursor: m.cursor, lagEvents: m.lag_events, lagMs: m.lag_ms, clockOffset: this.offset(m.timestamp, now) });
        return [];
      case 'gap':
        this.set({ cursor: m.to, since: now });
        return [{ do: 'gap', count: m.count, reason: m.reason }];
      case 'ack':
        if (this.pinged && m.id === this.pinged.id) {
          this.set({ roundTrip: now - this.pinged.at });
          this.pinged = null;
        } else if (this.question && m.id === this.question.id) {
          this.history = HISTORY;
          this.set({ filter: this.question.filter, asking: null, cursor: m.cursor, newest: null, lagEvents: null, lagMs: null });
          this.question = null;
          return [{ do: 'clear' }];
        }
        return [];
      case 'error':
        if (this.question && m.id === this.question.id) {
          const { filter, addressed } = this.question;
          this.question = null;
          this.set({ asking: null, problem: problemOf(filter, m) });
          if (addressed) return this.end(filter);
        } else if (!this.greeted && (m.position !== undefined || /filter/.test(m.code))) this.set({ problem: problemOf(this.state.filter, m) });
        else if (/cursor/.test(m.code) && !this.greeted) this.set({ cursor: null, since: null });
        return [];
      case 'goaway':
        this.wantedDelay = m.retry_after_ms;
        this.set({ leaving: m.reason });
        return [];
    }
  }

  /** As a stream that was opened with this filter would have ended. */
  private end(filter: string): Action[] {
    this.forget();
    this.restart = true;
    this.set({ filter, cursor: null, phase: 'failed' });
    return [{ do: 'close', code: 1000, reason: 'filter refused' }];
  }

  private events(events: readonly StreamEvent[], cursor: string, now: number): Action[] {
    const last = events[events.length - 1];
    const newest = last ? Date.parse(last.recorded_at) : this.state.newest;
    const behind = newest === null ? 0 : Math.max(0, now + this.state.clockOffset - newest);
    const history = this.history > 0;
    this.history = Math.max(0, this.history - events.length);
    // While catching up no heartbeat comes; the age of what comes says how far behind we are.
    this.set({ cursor, newest, fed: history ? null : now, lagMs: behind, lagEvents: behind < 2_000 ? 0 : null });
    return [{ do: 'events', events, cursor, live: behind < 10_000 }];
  }

  /** Small differences are the way of the message, not of the clocks. */
  private offset(timestamp: string, now: number): number {
    const d = Date.parse(timestamp) - now;
    return Math.abs(d) > 2_000 ? d : 0;
  }

  closed(code: number, reason: string, now: number, random: number): Action[] {
    const greeted = this.greeted, phase = this.state.phase;
    this.forget();
    if (phase === 'stopped' || phase === 'signed-out') return [];
    const v = verdict(code);
    this.set({ close: { code, reason } });
    if (v === 'never') {
      this.set({ phase: 'failed' });
      return [];
    }
    const delay = this.wantedDelay !== null ? asked(this.wantedDelay, random) : backoff(this.state.attempt, random);
    this.wantedDelay = null;
    this.set({ phase: 'reconnecting', attempt: this.state.attempt + 1, retryAt: now + delay });
    return v === 'signed-out' || !greeted ? [{ do: 'verify' }] : [];
  }

  /** The answer to `verify` when we are signed in and the stream was refused all the same. */
  refused(code: number): void {
    if (verdict(code) === 'signed-out') this.set({ phase: 'failed', retryAt: null });
  }

  /** About once a second, and when the machine wakes up. */
  tick(now: number, random: number): Action[] {
    const { phase, retryAt, heartbeat } = this.state;
    if (phase === 'reconnecting' && retryAt !== null && now >= retryAt) return this.start(now);
    if (!this.opened) return [];
    const silent = this.greeted ? now - this.heard > SILENT_HEARTBEATS * heartbeat : now - this.opened > OPENING_LIMIT;
    if (silent) return [{ do: 'close', code: 4000, reason: 'silent' }, ...this.closed(4000, 'silent', now, random)];
    if (this.greeted && !this.pinged && now >= this.nextPing) {
      this.pinged = { id: `ping-${++this.pingId}`, at: now };
      this.nextPing = now + PING_EVERY;
      return [{ do: 'send', message: { id: this.pinged.id, action: 'ping' } }];
    }
    return [];
  }
}

function problemOf(filter: string, m: Extract<ServerMessage, { type: 'error' }>): FilterProblem {
  return { filter, message: m.message, position: m.position ?? null, suggestion: m.suggestion ?? null };
}
