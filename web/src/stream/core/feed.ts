import { cursorOf, type StreamEvent } from './messages';
import { Newest } from './ring';

export const KEEP = 10_000;

export interface EventRow {
  kind: 'event';
  key: string;
  event: StreamEvent;
  /** `timestamp` in milliseconds. */
  at: number;
  /** When it came to this page live; 0 for history, which does not glow. */
  heard: number;
  /** Its permalink, if it has one. */
  cursor: string | null;
}
export interface GapRow {
  kind: 'gap';
  key: string;
  /** Events that were not given; null when nobody can know. */
  count: number | null;
  reason: string;
}
export type Row = EventRow | GapRow;

export interface Told { events: number; counted: number }
/** Gaps are no events, and what was made up or only listed is in no total. */
export function tell(rows: readonly Row[]): Told {
  let events = 0, counted = 0;
  for (const r of rows) {
    if (r.kind === 'gap') continue;
    events++;
    if (!r.event.simulated && r.event.type !== 'system.inventory') counted++;
  }
  return { events, counted };
}

export function eventRow(event: StreamEvent, key: string, cursor: string | null, heard = 0): EventRow {
  return { kind: 'event', key, event, at: Date.parse(event.timestamp), heard, cursor };
}

/**
 * The rows of the page. What arrives waits until `flush` (once a frame); while the view is held it waits behind it, with
 * the same bound, and nothing of it is lost. An event that was told before is not shown again.
 */
export class Feed {
  private shown = new Newest<Row>(KEEP);
  private waiting: Row[] = [];
  private behind: Row[] = [];
  private last = new Map<string, number>();
  private era = 0;
  private gaps = 0;
  /** Events that came twice. The server promises none; if it breaks that promise, this says so. */
  duplicates = 0;
  held = false;
  /** Whether the log may hold more before the oldest row. */
  ended = false;
  /** Events behind a held view. */
  fresh = 0;
  /** Events ever taken in, for a calm summary to screen readers. */
  taken = 0;

  get rows(): readonly Row[] {
    return this.shown.view;
  }

  get idle(): boolean {
    return this.waiting.length === 0;
  }

  arrive(events: readonly StreamEvent[], cursor: string, heard: number): void {
    for (const event of events) {
      const lane = `${event.simulated ? 's' : 'e'}${event.partition}`;
      const last = this.last.get(lane);
      if (last !== undefined && event.offset <= last) {
        this.duplicates++;
        continue;
      }
      this.last.set(lane, event.offset);
      this.waiting.push(eventRow(event, `${this.era}-${lane}-${event.offset}`, cursorOf(event, cursor), heard));
    }
    if (this.waiting.length > 2 * KEEP) this.waiting = this.waiting.slice(-KEEP);
  }

  /** Where the oldest row begins; what is before it is asked for there. */
  get oldest(): string | null {
    for (let i = this.rows.length - 1; i >= 0; i--) {
      const row = this.rows[i];
      if (row.kind === 'event' && row.cursor) return row.cursor;
    }
    return null;
  }

  get full(): boolean {
    return this.rows.length >= KEEP;
  }

  /** What lies before the oldest row, newest first; `last` when there is no more. */
  older(events: readonly StreamEvent[], last: boolean): void {
    const near = this.oldest;
    this.shown.before(events.map(e => eventRow(e, `${this.era}-e${e.partition}-${e.offset}`, cursorOf(e, near))));
    this.ended = last;
  }

  gap(count: number | null, reason: string): void {
    this.waiting.push({ kind: 'gap', key: `gap-${++this.gaps}`, count, reason });
    if (reason === 'reset') this.renumber();
  }

  /** Offsets begin anew: another log, or a step back in this one. */
  private renumber(): void {
    this.era++;
    this.last.clear();
  }

  /** Moves what waited to its place. True if something changed. */
  flush(): boolean {
    if (!this.waiting.length) return false;
    const batch = this.waiting;
    this.waiting = [];
    const events = batch.reduce((n, r) => n + (r.kind === 'event' ? 1 : 0), 0);
    this.taken += events;
    if (this.held) {
      this.behind = this.behind.concat(batch).slice(-KEEP);
      this.fresh += events;
    } else this.shown.add(batch);
    return true;
  }

  /** Holding the view is not stopping the stream. */
  hold(on: boolean): void {
    if (on === this.held) return;
    this.flush();
    this.held = on;
    this.fresh = 0;
    if (!on) {
      const late = this.behind;
      this.behind = [];
      this.shown.add(late);
    }
  }

  /** Another view begins: a pause belonged to the one before. */
  clear(): void {
    this.held = false;
    this.ended = false;
    this.shown.clear();
    this.waiting = [];
    this.behind = [];
    this.fresh = 0;
    this.renumber();
  }

  dropSimulated(): void {
    const real = (r: Row): boolean => r.kind === 'gap' || !r.event.simulated;
    this.flush();
    this.shown.keep(real);
    this.behind = this.behind.filter(real);
    this.fresh = this.behind.filter(r => r.kind === 'event').length;
  }
}
