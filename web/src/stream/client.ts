import { saying } from '../api/http';
import { Feed, tell, type Row, type Told } from './core/feed';
import { Link, type Action, type LinkState } from './core/link';
import { parse } from './core/messages';
import { readPage } from './log';

const OLDER = 200;

/** What is known of the events before the oldest row. */
export interface Before { state: 'more' | 'asking' | 'end' | 'full'; problem: string | null }
export interface StreamState {
  link: LinkState;
  rows: readonly Row[];
  /** How many of the rows are events, and how many of those the server counts. */
  told: Told;
  held: boolean;
  fresh: number;
  taken: number;
  duplicates: number;
  before: Before;
}

/** The shell around the pure core: one socket, one clock, one repaint a frame. It outlives rooms and sign-ins. */
export class StreamClient {
  private readonly link = new Link();
  private readonly feed = new Feed();
  private socket: WebSocket | null = null;
  private timer = 0;
  private frame = 0;
  private later = 0;
  private asking: AbortController | null = null;
  private problem: string | null = null;
  private listeners = new Set<() => void>();
  private state: StreamState;

  /** `signedIn` asks the server; null means it did not answer. */
  constructor(private readonly signedIn: () => Promise<boolean | null>) {
    this.state = this.read();
    const wake = () => { if (!document.hidden) this.step(this.link.tick(Date.now(), Math.random())); };
    addEventListener('online', () => { if (this.state.link.phase === 'reconnecting') this.start(); });
    document.addEventListener('visibilitychange', wake);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  };
  snapshot = (): StreamState => this.state;

  private read(): StreamState {
    const f = this.feed, told = this.state?.rows === f.rows ? this.state.told : tell(f.rows);
    return { link: this.link.state, rows: f.rows, told, held: f.held, fresh: f.fresh, taken: f.taken, duplicates: f.duplicates, before: { state: this.asking ? 'asking' : f.full ? 'full' : f.ended ? 'end' : 'more', problem: this.problem } };
  }

  private publish(): void {
    this.state = this.read();
    this.listeners.forEach(f => f());
  }

  /** Many messages, one repaint. A hidden tab gets no frames, so a slow timer stands in. */
  private soon(): void {
    if (this.frame || this.later) return;
    const flush = () => {
      cancelAnimationFrame(this.frame);
      clearTimeout(this.later);
      this.frame = this.later = 0;
      this.feed.flush();
      this.publish();
    };
    if (document.hidden) this.later = window.setTimeout(flush, 1000);
    else {
      this.frame = requestAnimationFrame(flush);
      this.later = window.setTimeout(flush, 1000);
    }
  }

  private step(actions: readonly Action[]): void {
    for (const a of actions) this.run(a);
    if (this.link.state.phase !== this.state.link.phase) this.publish();
    else if (this.link.state !== this.state.link) this.soon();
    const on = this.link.state.phase !== 'stopped' && this.link.state.phase !== 'signed-out';
    if (on && !this.timer) this.timer = window.setInterval(() => this.step(this.link.tick(Date.now(), Math.random())), 500);
    if (!on && this.timer) { clearInterval(this.timer); this.timer = 0; }
  }

  private run(a: Action): void {
    switch (a.do) {
      case 'connect':
        return this.connect(a.query);
      case 'send':
        if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(a.message));
        return;
      case 'close':
        return this.drop(a.code, a.reason);
      case 'events':
        this.feed.arrive(a.events, a.cursor, a.live ? Date.now() : 0);
        return this.soon();
      case 'gap':
        this.feed.gap(a.count, a.reason);
        return this.soon();
      case 'clear':
        this.feed.clear();
        this.asking?.abort();
        this.asking = this.problem = null;
        return this.soon();
      case 'verify': {
        const code = this.link.state.close?.code ?? 1006;
        void this.signedIn().then(yes => {
          if (yes === false) this.step(this.link.signedOut());
          else if (yes) { this.link.refused(code); this.step([]); }
        });
      }
    }
  }

  private connect(query: Record<string, string>): void {
    this.drop(1000, 'opened anew');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws/stream?${new URLSearchParams(query)}`);
    this.socket = socket;
    socket.onmessage = e => {
      const message = this.socket === socket && typeof e.data === 'string' ? parse(e.data) : null;
      if (message) this.step(this.link.message(message, Date.now()));
    };
    socket.onclose = e => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.step(this.link.closed(e.code, e.reason, Date.now(), Math.random()));
    };
  }

  /** Lets go of the socket: nothing it says afterwards is heard. */
  private drop(code: number, reason: string): void {
    const old = this.socket;
    this.socket = null;
    if (old && old.readyState <= WebSocket.OPEN) old.close(code, reason);
  }

  start(): void { this.step(this.link.start(Date.now())); }
  stop(): void { this.step(this.link.stop()); }
  signedOut(): void { this.step(this.link.signedOut()); }
  filter(text: string, addressed = false): void { this.step(this.link.filter(text, Date.now(), addressed)); this.soon(); }
  hold(on: boolean): void { this.feed.hold(on); this.publish(); }

  /** The events before the oldest row. */
  async older(): Promise<void> {
    const cursor = this.feed.oldest, filter = this.link.state.filter;
    if (this.asking || !cursor) return;
    const asking = new AbortController();
    this.asking = asking;
    this.problem = null;
    this.publish();
    const answer = await readPage({ cursor, order: 'desc', limit: String(OLDER), ...(filter ? { filter } : {}) }, asking.signal).catch((e: unknown) => saying(e));
    if (this.asking !== asking) return;
    this.asking = null;
    if (typeof answer === 'string') this.problem = answer;
    else this.feed.older(answer.events, answer.next_cursor === null);
    this.publish();
  }

  withSimulated(on: boolean): void {
    if (!on) this.feed.dropSimulated();
    this.step(this.link.withSimulated(on, Date.now()));
    this.publish();
  }
}
