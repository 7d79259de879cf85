import { memo, useId, useMemo, useRef, useState } from 'react';
import { max } from 'd3-array';
import { scaleLinear, scaleTime } from 'd3-scale';
import { stack } from 'd3-shape';
import Box from '@mui/material/Box';
import { styled } from '@mui/material/styles';
import { BANDS, type Family } from '../live/types-table';
import { clockOf, count, decimal, time } from '../lib/format';
import { useSize } from '../lib/hooks';
import { firstKnown, sum, type Bucket } from '../stream/core/rates';
import type { Range } from '../stream/core/span';
import { text } from '../text';
import { hidden } from '../ui/text';
import { drag, grip, press, type Grip } from './brush';

/** A bar in which anything is counted is so high at least: it must not look like none. */
const LEAST = 2;
const TOP = 8, FOOT = 20, NEAR = 6;
const t = text.live;
const Frame = styled('div')({ position: 'relative', cursor: 'crosshair', touchAction: 'pan-y', userSelect: 'none', '& text': { fill: 'var(--cf-ink3)', fontSize: 11, fontVariantNumeric: 'tabular-nums' }, '& [role=slider]': { position: 'absolute', inset: 0, borderRadius: 6, '&:focus-visible': { outlineOffset: -1 } } });
const Tip = styled('div')({
  position: 'absolute', top: 0, zIndex: 3, pointerEvents: 'none', background: 'var(--cf-panel)', border: '1px solid var(--cf-edge)', borderRadius: 6, boxShadow: 'var(--cf-shadow-pop)', padding: '6px 8px', fontSize: 12,
  fontVariantNumeric: 'tabular-nums', minWidth: 132, '& p': { display: 'flex', gap: 8, margin: 0, alignItems: 'center', whiteSpace: 'nowrap' }, '& i': { width: 8, height: 8, borderRadius: 2 }, '& b': { marginLeft: 'auto', fontWeight: 550 },
});
/** What is not known, as a background; the chart draws the same as a pattern. */
export const HATCH = 'repeating-linear-gradient(-45deg, var(--cf-edge) 0 1px, transparent 1px 4px)';
/** What is counted and not told apart, likewise. */
export const STRIPES = 'repeating-linear-gradient(0deg, var(--cf-ink3) 0 1px, transparent 1px 3px)';
const REST = BANDS.length, KEYS = [...BANDS.map((_, k) => k), REST], bands = stack<Bucket>().keys(KEYS).value((b, k) => b.counts[k] ?? 0);

interface Props {
  buckets: readonly Bucket[];
  /** How long a bar is, in milliseconds. */
  span: number;
  /** Bars before this moment are not known and stay hatched, the one in which it lies too. */
  knownSince: number | null;
  /** What the chart says, in a sentence. */
  label: string;
  lit: ReadonlySet<Family>;
  range: Range | null;
  /** How far a replay has come. */
  head?: number | null;
  /** The axis counts the events of a bar, instead of those a second. */
  each?: boolean;
  onRange: (range: Range) => void;
  height?: number;
}
/** Events by family, one bar for a stretch of time. Drag over it, or use the arrows, to look at that time. */
export const RateChart = memo(function RateChart({ buckets, span, knownSince, label, lit, range, head = null, each = false, onRange, height = 112 }: Props) {
  const [ref, width] = useSize<HTMLDivElement>(), [at, setAt] = useState<number | null>(null), [chosen, choose] = useState<Range | null>(null), held = useRef<Grip | null>(null), id = useId();
  const unit = each ? 1 : span / 1000, n = Math.max(1, buckets.length), first = buckets[0]?.at ?? 0, bars = { first, width: span, count: buckets.length }, end = first + n * span, base = height - FOOT;
  const y = scaleLinear().domain([0, Math.max(10, max(buckets, b => sum(b.counts)) ?? 0) / unit]).nice(2).range([base, TOP]), top = y.domain()[1], marks = [0, 0.5, 1].map(f => f * top), words = marks.map(trim);
  const left = Math.max(34, 14 + 7 * Math.max(...words.map(m => m.length))), x = scaleTime().domain([first, end]).range([left, Math.max(left + 1, width)]), step = x(first + span) - left, bar = Math.max(1, step - (step > 6 ? 2 : 1));
  const ticks = x.ticks(Math.max(3, Math.round(width / 160))), fine = ticks.length > 1 && +ticks[1] - +ticks[0] < 60_000, when = (ms: number): string => (fine ? time(ms) : clockOf(ms, end - first));
  const total = buckets.reduce((a, b) => a + sum(b.counts), 0), unknown = buckets.length ? firstKnown(buckets, knownSince) : n, layers = useMemo(() => bands(buckets), [buckets]);
  const paths = layers.map(layer => buckets.map((b, i) => {
    const [low, high] = layer[i], grow = Math.max(1, LEAST / (base - y(sum(b.counts) / unit))), place = (v: number): string => (base - grow * (base - y(v / unit))).toFixed(1);
    return high > low ? `M${x(b.at).toFixed(1)} ${place(high)}h${bar.toFixed(1)}V${place(low)}h-${bar.toFixed(1)}z` : '';
  }).join(''));
  const under = (e: React.PointerEvent): number => Number(x.invert(e.clientX - e.currentTarget.getBoundingClientRect().left)), slot = (ms: number): number => Math.min(n - 1, Math.max(0, Math.floor((ms - first) / span)));
  const near = (NEAR / Math.max(1, step)) * span, shade = chosen ?? range, hover = at === null ? undefined : buckets[at], shown = shade && shade[1] > first && shade[0] < end ? ([Math.max(first, shade[0]), Math.min(end, shade[1])] as const) : null;
  const drop = (): void => { held.current = null; choose(null); };
  // Captured, a drag goes on beyond the chart, and chooses up to its end.
  const take = (e: React.PointerEvent): void => {
    if (e.button !== 0 || e.clientX - e.currentTarget.getBoundingClientRect().left < left - NEAR) return;
    held.current = grip(bars, under(e), range, near);
    e.currentTarget.setPointerCapture(e.pointerId);
  };
  const release = (e: React.PointerEvent): void => {
    const g = held.current;
    drop();
    if (g && buckets.length) onRange(drag(bars, g, under(e)));
  };
  const keys = (e: React.KeyboardEvent): void => {
    if (e.key === 'Enter' && chosen) onRange(chosen);
    if ((e.key === 'Enter' || e.key === 'Escape') && chosen) { e.preventDefault(); e.stopPropagation(); return drop(); }
    const next = press(bars, e.key, e.shiftKey, shade);
    if (next) { e.preventDefault(); choose(next); }
  };
  const within = shade ? buckets.filter(b => b.at >= shade[0] && b.at < shade[1]).reduce((a, b) => a + sum(b.counts), 0) : 0, spot = shade ?? [end - span, end];
  return (
    <Frame ref={ref} style={{ height }}
      onPointerDown={take} onPointerLeave={() => setAt(null)} onPointerCancel={drop} onPointerUp={release}
      onPointerMove={e => { const ms = under(e); setAt(slot(ms)); if (held.current && buckets.length) choose(drag(bars, held.current, ms)); }}>
      <div role="img" aria-label={label} data-testid="rates">
        <svg aria-hidden width={width} height={height} style={{ display: 'block' }}>
          <defs><pattern id="not-known" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1" height="6" fill="var(--cf-edge)" /></pattern><pattern id="not-sorted" width="3" height="3" patternUnits="userSpaceOnUse"><rect width="3" height="1" fill="var(--cf-ink3)" /></pattern></defs>
          {marks.map((m, i) => <g key={m}><line x1={left} x2={width} y1={y(m)} y2={y(m)} stroke="var(--cf-line)" strokeDasharray={m ? '2 3' : undefined} />{total > 0 && <text x={left - 8} y={y(m) + 4} textAnchor="end">{words[i]}</text>}</g>)}
          {buckets.length > 0 && ticks.filter(d => x(d) > left + 20 && x(d) < width - 3.5 * when(+d).length).map(d => <text key={+d} x={x(d)} y={height - 5} textAnchor="middle">{when(+d)}</text>)}
          {shown && <><rect x={x(shown[0]) - 1} width={Math.max(2, x(shown[1]) - x(shown[0]) + 1)} y={0} height={base} fill="var(--cf-accent)" opacity={0.14} />{shown.map(ms => <line key={ms} x1={x(ms)} x2={x(ms)} y1={0} y2={base} stroke="var(--cf-accent)" strokeWidth={1.5} />)}</>}
          {BANDS.map((b, k) => <path key={b.family} d={paths[k]} fill={`var(--cf-fill-${b.family})`} opacity={lit.has(b.family) ? 1 : 0.16} />)}
          {paths[REST] && <path d={paths[REST]} fill="url(#not-sorted)" data-testid="not-sorted" />}
          {unknown > 0 && width > left && <rect x={left} y={TOP} width={Math.max(0, unknown * step - 1)} height={base - TOP} fill="url(#not-known)" />}
          {at !== null && <rect x={left + at * step - 1} width={step} y={TOP - 4} height={base - TOP + 4} fill="var(--cf-ink)" opacity={0.07} />}
          {head !== null && head >= first && head <= end && <g stroke="var(--cf-ink)" fill="var(--cf-ink)"><line x1={x(head)} x2={x(head)} y1={2} y2={base} strokeWidth={1.5} /><circle cx={x(head)} cy={4} r={3} /></g>}
        </svg>
        {hover && at !== null && (
          <Tip style={at > n / 2 ? { right: width - (left + at * step) + 8 } : { left: left + (at + 1) * step + 8 }}>
            {chosen ? <p>{t.brushAt(when(chosen[0]), when(chosen[1]), within)}</p> : <><p style={{ color: 'var(--cf-ink3)' }}>{span < 60_000 ? time(hover.at) : clockOf(hover.at, end - first)}{at < unknown && sum(hover.counts) > 0 && ` · ${t.atLeast}`}</p>
            {(hover.counts[REST] ?? 0) > 0 && <p><i style={{ background: STRIPES }} />{t.notSorted}<b>{count(hover.counts[REST])}</b></p>}
            {BANDS.map((b, k) => (hover.counts[k] ? <p key={b.label}><i style={{ background: `var(--cf-fill-${b.family})` }} />{b.label}<b>{count(hover.counts[k])}</b></p> : null)).reverse()}
            {sum(hover.counts) === 0 && <p>{at < unknown ? t.notKnown : t.noEvent}</p>}</>}
          </Tip>
        )}
      </div>
      <div role="slider" tabIndex={0} aria-label={t.brush} aria-describedby={`${id}-keys`} aria-valuemin={0} aria-valuemax={n - 1} aria-valuenow={slot(spot[0])} aria-valuetext={t.brushAt(time(spot[0]), time(spot[1]), within)} onKeyDown={keys} onBlur={() => choose(null)} />
      <Box id={`${id}-keys`} sx={hidden}>{t.brushKeys}</Box>
      <Box sx={hidden}><table><caption>{t.tableCaption}</caption><thead><tr><th>{t.tableTime}</th>{BANDS.map(b => <th key={b.label}>{b.label}</th>)}{buckets[0]?.counts.length > REST && <th>{t.notSorted}</th>}</tr></thead>
        <tbody>{buckets.filter((_, i) => i % 18 === 0).map(b => <tr key={b.at}><th scope="row">{time(b.at)}</th>{b.counts.map((c, i) => <td key={i}>{c}</td>)}</tr>)}</tbody></table></Box>
    </Frame>
  );
});
const trim = (v: number): string => (Number.isInteger(v) ? count(v) : decimal(v));
