import { useEffect, useReducer, useRef, useState } from 'react';
import { saying } from '../api/http';
import { KEEP, type Row } from './core/feed';
import { Replay, type ReplayState } from './core/replay';
import { Newest } from './core/ring';
import { readPage } from './log';

/** A hidden page gets no frames; the past waits for nobody, so it goes on in larger steps. */
const HIDDEN = 500;
/** While nothing happens its clock is drawn so often, in milliseconds. */
const QUIET = 100;

/** Runs a replay: one clock, one request at a time, as many rows as the page keeps. */
export class ReplayPlayer {
  private core: Replay;
  private readonly shown = new Newest<Row>(KEEP);
  private readonly stopped = new AbortController();
  private frame = 0;
  private timer = 0;
  private drawn = 0;

  constructor(from: number, until: number, speed: number, playing: boolean, private readonly filter: string, private readonly changed: () => void) {
    this.core = new Replay(from, until, speed, playing);
    // A frame that was asked for before the page was hidden comes only when it is shown again.
    document.addEventListener('visibilitychange', this.step, { signal: this.stopped.signal });
    this.step();
  }
  get state(): ReplayState { return this.core.state; }
  get rows(): readonly Row[] { return this.shown.view; }

  private step = (): void => {
    this.rest();
    const now = performance.now(), query = this.core.wants(now), before = this.core.state, due = this.core.tick(now);
    if (query) this.read(query);
    if (due.length) { const heard = Date.now(); this.shown.add(due.map(r => (r.kind === 'event' ? { ...r, heard } : r))); }
    if (due.length || (this.core.state !== before && now - this.drawn >= QUIET) || this.core.state.ended !== before.ended) { this.drawn = now; this.changed(); }
    if (this.core.state.ended || this.stopped.signal.aborted) return;
    if (document.hidden) this.timer = window.setTimeout(this.step, HIDDEN);
    else this.frame = requestAnimationFrame(this.step);
  };

  private read(query: Record<string, string>): void {
    const { core } = this;
    readPage({ ...query, ...(this.filter ? { filter: this.filter } : {}) }, this.stopped.signal)
      .then(page => core.page(page, 0), (e: unknown) => core.failed(saying(e))).finally(() => { if (!this.stopped.signal.aborted) this.changed(); });
  }

  private rest(): void { cancelAnimationFrame(this.frame); clearTimeout(this.timer); }

  /** Once more, from a moment on. */
  again(from: number, playing = true): void {
    this.core = new Replay(from, this.state.until, this.state.speed, playing);
    this.shown.clear();
    this.step();
  }
  play(on: boolean): void { this.core.play(on); this.changed(); }
  speed(times: number): void { this.core.speed(times); this.changed(); }
  skip(): void { this.core.skip(); this.changed(); }
  stop(): void { this.stopped.abort(); this.rest(); }
}

/** The replay that an address names; null for none. With another filter it goes on from where it was; another place in it or another speed is only that, and one that is paused stays so. */
export function useReplay(from: number | null, until: number | null, speed: number, filter: string): ReplayPlayer | null {
  const [player, setPlayer] = useState<ReplayPlayer | null>(null), [, draw] = useReducer((n: number) => n + 1, 0);
  const before = useRef<{ from: number; until: number; state: ReplayState } | null>(null);
  useEffect(() => {
    if (from === null || until === null) { before.current = null; return undefined; }
    const was = before.current?.until === until && !before.current.state.ended ? before.current : null;
    const own = new ReplayPlayer(was?.from === from ? was.state.at : from, until, speed, was?.state.playing ?? true, filter, draw);
    setPlayer(own);
    return () => { before.current = { from, until, state: own.state }; own.stop(); setPlayer(null); };
  }, [from, until, filter]);
  useEffect(() => { if (player && player.state.speed !== speed) player.speed(speed); }, [player, speed]);
  return player;
}
