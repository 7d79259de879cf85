import { useMemo } from 'react';
import { parseTime } from '../lib/format';
import { address, setQuery } from '../lib/route';
import { stream } from '../stream';
import type { Row } from '../stream/core/feed';
import { SPEEDS } from '../stream/core/replay';
import type { Range } from '../stream/core/span';
import { usePastRates, type PastRates } from '../stream/history';
import { useReplay, type ReplayPlayer } from '../stream/replay';
import { rangeOf, useBeginning, usePast } from './past';

/** What the page looks at instead of now, as the address says. */
export interface View {
  /** A permalink. */
  link: string | null;
  /** A stretch of time; while it is replayed, the stretch that is. */
  range: Range | null;
  past: ReturnType<typeof usePast>;
  player: ReplayPlayer | null;
  /** A replay that has not begun. */
  waiting: boolean;
  speed: number;
  /** The rates of that time where the live chart does not reach. */
  rates: PastRates | null;
  /** The first moment the log still has, if the stretch begins before it. */
  begins: number | null;
  rows: readonly Row[] | null;
}

/** The whole address of one event. */
export const linkTo = (cursor: string): string => `${location.origin}/${address('live', { at: cursor })}`;

const iso = (ms: number): string => new Date(ms).toISOString();
/** The fastest of the speeds that is no faster than what an address asks for. */
export const speedOf = (words: string | null): number => SPEEDS.filter(s => s <= Number(words)).at(-1) ?? 1;

/** `live` is the first moment of the live chart. */
export function useView(query: URLSearchParams, filter: string, live: number | null): View {
  const link = query.get('at'), since = query.get('since'), until = query.get('until'), replay = parseTime(query.get('replay')), speed = speedOf(query.get('speed'));
  const range = useMemo(() => (link ? null : rangeOf(since, until)), [link, since, until]), beginning = useBeginning(range !== null), begins = range && typeof beginning === 'number' && beginning > range[0] ? beginning : null;
  // Where the log begins is asked first, so that a replay begins once.
  const replaying = range !== null && replay !== null, from = replaying && beginning !== undefined ? Math.max(range[0], Math.min(range[1], replay), begins ?? 0) : null;
  const player = useReplay(from, from === null ? null : range![1], speed, filter), past = usePast(link, replaying ? null : range, filter);
  const rates = usePastRates(range && (replaying || (live !== null && range[0] < live)) ? range : null);
  // Nothing looks like zero before it is known where the log begins.
  const shown = rates && rates.knownSince !== null ? { ...rates, knownSince: beginning === undefined ? null : Math.max(rates.knownSince, begins ?? 0) } : rates;
  return { link, range, past, player: replaying ? player : null, waiting: replaying && !player, speed, rates: shown, begins, rows: replaying ? player?.rows ?? [] : past?.rows ?? null };
}

/** No further than now: what is still to come would be missing from a list that says it is all of that time. */
const over = (r: Range): { since: string; until: string } => ({ since: iso(r[0]), until: iso(Math.max(r[0] + 1, Math.min(r[1], Date.now() + stream.snapshot().link.clockOffset))) });
/** The ways between the views; each is a step that Back undoes. */
export const lookAt = (r: Range): void => setQuery({ at: null, replay: null, speed: null, ...over(r) }, true);
export const replayOf = (r: Range, speed = 1): void => setQuery({ at: null, ...over(r), replay: iso(r[0]), speed: String(speed) }, true);
export const seek = (at: number): void => setQuery({ replay: iso(at) });
export const lookAtNow = (): void => setQuery({ at: null, since: null, until: null, replay: null, speed: null }, true);
