import { api } from '../api/http';
import type { Stats } from '../api/types';
import { BANDS, bandOf } from '../live/types-table';
import { BUCKET, BUCKETS, Rates, type Bucket } from './core/rates';
import { sortedSince, type Range } from './core/span';
import { readRates } from './history';

const EVERY = 2_000;
const ANSWERS = 4;

export interface FiguresState {
  /** What was last heard; null before the first answer. */
  stats: Stats | null;
  /** False while the server does not answer: the figures are old then. */
  current: boolean;
  /** When `stats` were asked for, by our clock. */
  asked: number;
  buckets: readonly Bucket[];
  knownSince: number | null;
}

/** The server's own figures, asked for every two seconds while somebody looks, and the rate chart that grows from them. */
export class Figures {
  private readonly rates = new Rates(BANDS.length, bandOf);
  private state: FiguresState = { stats: null, current: false, asked: 0, buckets: [], knownSince: null };
  private listeners = new Set<() => void>();
  private timer = 0;
  private busy = false;
  private soon = false;
  private reading = false;

  constructor(private readonly clockOffset: () => number) {
    document.addEventListener('visibilitychange', () => { if (!document.hidden && this.timer) void this.poll(); });
  }

  subscribe = (listener: () => void): (() => void) => { this.listeners.add(listener); return () => { this.listeners.delete(listener); }; };
  snapshot = (): FiguresState => this.state;
  private set(part: Partial<FiguresState>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach(f => f());
  }

  start(): void {
    if (this.timer) return;
    this.timer = window.setInterval(() => { if (!document.hidden) void this.poll(); }, EVERY);
    void this.poll();
  }
  stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
    this.set({ current: false });
  }

  /** What was asked before the stream opened does not count the stream: ask again at once. */
  refresh(): void {
    if (!this.timer) return;
    if (this.busy) this.soon = true; else void this.poll();
  }

  private async poll(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const asked = Date.now();
    try {
      const stats = await api<Stats>('/api/stream/stats'), now = Date.now() + this.clockOffset();
      if (this.rates.needsHistory(now)) {
        this.rates.restart(stats.event_type_distribution, now, stats.events_per_second);
        void this.past(now);
      } else this.rates.observe(stats.event_type_distribution, now, stats.events_per_second);
      this.set({ stats, current: true, asked, buckets: this.rates.view(), knownSince: this.rates.knownSince });
    } catch {
      this.set({ current: false });
    } finally {
      this.busy = false;
      if (this.soon) { this.soon = false; void this.poll(); }
    }
  }

  /** The quarter of an hour before, from the log; on a very busy log only as far back as a few answers reach. */
  private async past(until: number): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      const range: Range = [until - BUCKETS * BUCKET, until];
      let found: readonly Bucket[] = [];
      await readRates(range, ANSWERS, bars => { found = bars; });
      this.rates.history(found, sortedSince(found, range, BUCKET, BANDS.length));
      this.set({ buckets: this.rates.view(), knownSince: this.rates.knownSince });
    } catch {
      // The chart then begins with the totals and says so by its hatching.
    } finally {
      this.reading = false;
    }
  }
}
