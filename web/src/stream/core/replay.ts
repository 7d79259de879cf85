import type { EventPage } from '../../api/types';
import { rowsOf } from './pages';
import type { Row } from './feed';

export const SPEEDS = [1, 2, 5, 10, 30, 100] as const;
/** Events a page; the next one is asked for once so many or fewer wait, and never sooner after the last than `PACE` milliseconds: so a huge log at the highest speed costs the server one page at a time. */
export const PAGE = 1000;
export const LOW = 500;
export const PACE = 100;
/** Rows that one step brings at most; more in the same moment come with the next steps. */
export const STEP = 250;
/** A longer pause between two steps is a page that slept, not time that passed. */
const LONGEST_STEP = 2_000;
/** Over so long the speed that was reached is measured. */
const MEASURE = 2_000;

export interface ReplayState {
  /** The moment in the log that is played, milliseconds. */
  at: number;
  from: number;
  until: number;
  speed: number;
  playing: boolean;
  /** Played to the end. */
  ended: boolean;
  /** It stands until the next page comes. */
  waiting: boolean;
  /** Events played. */
  told: number;
  /** How fast it really went, as a multiple; null while that is not known. */
  reached: number | null;
  /** When the next event comes, in the time of the log; null if none is known. */
  next: number | null;
  problem: string | null;
}

/**
 * The past in its own rhythm, as a state machine: time and pages go in, rows that are due come out. Nothing is left out to
 * keep the speed: where pages or steps do not suffice, its clock goes slower, and `reached` says so.
 */
export class Replay {
  state: ReplayState;
  private waiting: { row: Row; at: number }[] = [];
  private cursor: string | null = null;
  /** All of the stretch was read. */
  private read = false;
  private asking = false;
  private asked = -Infinity;
  private last: number | null = null;
  private marks: { now: number; at: number }[] = [];

  constructor(from: number, until: number, speed: number, playing = true) {
    this.state = { at: from, from, until: Math.max(from, until), speed, playing, ended: false, waiting: true, told: 0, reached: null, next: null, problem: null };
  }

  private set(part: Partial<ReplayState>): void { this.state = { ...this.state, ...part }; }

  /** What to ask the server for now, or null. */
  wants(now: number): Record<string, string> | null {
    const s = this.state;
    if (this.asking || this.read || this.waiting.length > LOW || now - this.asked < (s.problem ? 20 * PACE : PACE) || (!s.playing && this.waiting.length)) return null;
    this.asking = true;
    this.asked = now;
    return { order: 'asc', limit: String(PAGE), since: new Date(s.from).toISOString(), until: new Date(s.until).toISOString(), ...(this.cursor ? { cursor: this.cursor } : {}) };
  }

  page(page: EventPage, heard: number): void {
    this.asking = false;
    // A gap has no time of its own: it is told with the event before it.
    let at = this.waiting[this.waiting.length - 1]?.at ?? this.state.at;
    for (const row of rowsOf(page, this.cursor, heard)) {
      if (row.kind === 'event') at = Math.max(at, Date.parse(row.event.recorded_at));
      this.waiting.push({ row, at });
    }
    this.cursor = page.next_cursor;
    this.read = page.next_cursor === null;
    this.set({ problem: null, next: this.waiting[0]?.at ?? null });
  }
  failed(why: string): void { this.asking = false; this.set({ problem: why }); }

  /** The rows that are due by now, oldest first. */
  tick(now: number): Row[] {
    const s = this.state, passed = this.last === null ? 0 : Math.min(LONGEST_STEP, Math.max(0, now - this.last));
    this.last = now;
    if (!s.playing || s.ended) return [];
    // Beyond what was read nothing is known, so the clock stops there until more comes.
    const horizon = this.read ? s.until : this.waiting[this.waiting.length - 1]?.at ?? s.at;
    let at = Math.min(s.at + passed * s.speed, Math.max(s.at, horizon)), n = 0;
    while (n < this.waiting.length && n < STEP && this.waiting[n].at <= at) n++;
    if (n === STEP && this.waiting[n] && this.waiting[n].at <= at) at = Math.max(s.at, this.waiting[n - 1].at);
    const due = this.waiting.splice(0, n).map(w => w.row);
    this.marks.push({ now, at });
    while (this.marks.length > 2 && now - this.marks[1].now >= MEASURE) this.marks.shift();
    const [first] = this.marks, long = now - first.now;
    this.set({
      at, told: s.told + due.filter(r => r.kind === 'event').length, waiting: !this.read && this.waiting.length === 0, ended: this.read && this.waiting.length === 0 && at >= s.until,
      next: this.waiting[0]?.at ?? null, reached: long >= MEASURE / 2 ? (at - first.at) / long : null,
    });
    return due;
  }

  private measureAnew(): void { this.marks = []; this.set({ reached: null }); }
  play(on: boolean): void { this.set({ playing: on }); this.measureAnew(); }
  speed(times: number): void { this.set({ speed: times }); this.measureAnew(); }
  /** Over the silence to the next event. */
  skip(): void {
    const to = this.waiting[0]?.at ?? (this.read ? this.state.until : null);
    if (to !== null) { this.set({ at: Math.max(this.state.at, to) }); this.measureAnew(); }
  }
}
