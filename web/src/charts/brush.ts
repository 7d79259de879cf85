import type { Range } from '../stream/core/span';

/** Choosing a stretch of time on a chart of bars, by pointer or by keys. Times in milliseconds; pure. */
/** Where the bars lie: `count` of them, each `width` long, from `first` on. */
export interface Bars { first: number; width: number; count: number }

const start = (b: Bars, bar: number): number => b.first + Math.min(b.count - 1, Math.max(0, bar)) * b.width;
const barOf = (b: Bars, at: number): number => Math.floor((at - b.first) / b.width);
/** From one bar to another, in whichever order, both included. */
export function between(b: Bars, one: number, other: number): Range {
  return [start(b, Math.min(one, other)), start(b, Math.max(one, other)) + b.width];
}

/** What a pointer that went down holds: a new stretch, an edge of the one that is there (`fixed` is the other one), or all of it. */
export type Grip = { kind: 'new'; bar: number } | { kind: 'edge'; fixed: number } | { kind: 'all'; at: number; range: Range };
/** `near` is how far from an edge, in milliseconds, still takes hold of it. */
export function grip(b: Bars, at: number, range: Range | null, near: number): Grip {
  if (range) {
    if (Math.abs(at - range[0]) <= near) return { kind: 'edge', fixed: range[1] };
    if (Math.abs(at - range[1]) <= near) return { kind: 'edge', fixed: range[0] };
    if (at > range[0] && at < range[1] && range[1] - range[0] < b.width * b.count) return { kind: 'all', at, range };
  }
  return { kind: 'new', bar: barOf(b, at) };
}
/** The stretch once the pointer is at `at`. */
export function drag(b: Bars, g: Grip, at: number): Range {
  if (g.kind === 'new') return between(b, g.bar, barOf(b, at));
  if (g.kind === 'edge') {
    const [low, high] = between(b, barOf(b, at), barOf(b, at));
    return low < g.fixed ? [low, g.fixed] : [g.fixed, high];
  }
  const end = b.first + b.width * b.count, by = Math.min(end - g.range[1], Math.max(b.first - g.range[0], Math.round((at - g.at) / b.width) * b.width));
  return [g.range[0] + by, g.range[1] + by];
}

/** A key on the chart: the next choice, or null where the key means nothing. Shift keeps the other end where it is. */
export function press(b: Bars, key: string, shift: boolean, chosen: Range | null): Range | null {
  const last = b.count - 1, far = Math.max(1, Math.round(b.count / 15)), steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far, Home: -Infinity, End: Infinity };
  const step = steps[key];
  if (step === undefined || b.count === 0) return null;
  // The first key begins at the newest bar, which is where one looks.
  if (!chosen) return key === 'Home' ? between(b, 0, 0) : between(b, last, last);
  const from = barOf(b, chosen[0]), to = barOf(b, chosen[1] - 1), moved = Math.min(last, Math.max(0, (step < 0 ? from : to) + step));
  if (!shift) return between(b, moved, moved);
  return step < 0 ? between(b, moved, to) : between(b, from, moved);
}
