import { memo, useRef, useState } from 'react';
import { Box, styled } from '@mui/material';
import { BANDS, type Family } from '../live/types-table';
import { count, decimal, hour, time } from '../lib/format';
import { useSize } from '../lib/hooks';
import { BUCKET, firstKnown, sum, type Bucket } from '../stream/core/rates';
import { text } from '../text/en';
import { hidden } from '../ui/text';
import { nice } from './scale';

const TOP = 8, FOOT = 20;
const t = text.live;
const Frame = styled('div')({ position: 'relative', cursor: 'crosshair', touchAction: 'pan-y', userSelect: 'none', '& text': { fill: 'var(--cf-ink3)', fontSize: 11, fontVariantNumeric: 'tabular-nums' } });
const Tip = styled('div')({
  position: 'absolute', top: 0, zIndex: 3, pointerEvents: 'none', background: 'var(--cf-panel)', border: '1px solid var(--cf-edge)', borderRadius: 6, boxShadow: 'var(--cf-shadow-pop)', padding: '6px 8px', fontSize: 12,
  fontVariantNumeric: 'tabular-nums', minWidth: 132, '& p': { display: 'flex', gap: 8, margin: 0, alignItems: 'center' }, '& i': { width: 8, height: 8, borderRadius: 2 }, '& b': { marginLeft: 'auto', fontWeight: 550 },
});
/** What is not known, as a background; the chart draws the same as a pattern. */
export const HATCH = 'repeating-linear-gradient(-45deg, var(--cf-edge) 0 1px, transparent 1px 4px)';

interface Props {
  buckets: readonly Bucket[];
  /** Bars before this moment are not known and stay hatched, the one in which it lies too. */
  knownSince: number | null;
  lit: ReadonlySet<Family>;
  range: readonly [number, number] | null;
  onRange: (range: [number, number] | null) => void;
  height?: number;
}
/** Events by family, one bar for ten seconds. Drag over it to look at that time; the newest bar is still filling. */
export const RateChart = memo(function RateChart({ buckets, knownSince, lit, range, onRange, height = 112 }: Props) {
  const [ref, width] = useSize<HTMLDivElement>(), [at, setAt] = useState<number | null>(null), [drag, setDrag] = useState<[number, number] | null>(null), from = useRef<number | null>(null);
  const most = nice(Math.max(10, ...buckets.map(b => sum(b.counts)))), marks = [0, 0.5, 1].map(f => trim((f * most) / (BUCKET / 1000))), LEFT = Math.max(34, 14 + 7 * Math.max(...marks.map(m => m.length)));
  const n = Math.max(1, buckets.length), step = Math.max(1, (width - LEFT) / n), bar = Math.max(1, step - (step > 6 ? 2 : 1)), base = height - FOOT;
  const total = buckets.reduce((a, b) => a + sum(b.counts), 0), scale = (base - TOP) / most;
  const unknown = buckets.length ? firstKnown(buckets, knownSince) : n;
  const paths = BANDS.map((_, k) => buckets.map((b, i) => {
    const below = sum(b.counts.slice(0, k)) * scale, h = b.counts[k] * scale;
    return h ? `M${(LEFT + i * step).toFixed(1)} ${(base - below - h).toFixed(1)}h${bar.toFixed(1)}v${h.toFixed(1)}h-${bar.toFixed(1)}z` : '';
  }).join(''));
  const slot = (e: React.PointerEvent): number => Math.min(n - 1, Math.max(0, Math.floor((e.clientX - e.currentTarget.getBoundingClientRect().left - LEFT) / step)));
  const first = buckets[0]?.at ?? 0, shade = drag ?? (range && buckets.length ? [Math.max(0, (range[0] - first) / BUCKET), (range[1] - first) / BUCKET - 1] as const : null), hover = at === null ? undefined : buckets[at];
  const end = (e: React.PointerEvent): void => {
    if (from.current === null || !buckets.length) return;
    const d = drag ?? [slot(e), slot(e)];
    from.current = null;
    setDrag(null);
    onRange(range ? null : [buckets[d[0]].at, buckets[d[1]].at + BUCKET]);
  };
  const labelled = (b: Bucket, i: number): boolean => b.at % 60_000 === 0 && (b.at / 60_000) % (width > 700 ? 2 : 5) === 0 && i > 2 && LEFT + i * step < width - 20;
  return (
    <Frame ref={ref} role="img" aria-label={knownSince === null ? t.chartNotKnown : unknown > 0 ? t.chartSaysNewest(count(total), time(knownSince)) : t.chartSays(count(total))} style={{ height }} data-testid="rates"
      onPointerDown={e => { from.current = slot(e); }} onPointerLeave={() => { setAt(null); setDrag(null); from.current = null; }}
      onPointerMove={e => { const i = slot(e); setAt(i); if (from.current !== null && from.current !== i) setDrag([Math.min(from.current, i), Math.max(from.current, i)]); }} onPointerUp={end}>
      <svg aria-hidden width={width} height={height} style={{ display: 'block' }}>
        <defs><pattern id="not-known" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1" height="6" fill="var(--cf-edge)" /></pattern></defs>
        {[0, 0.5, 1].map((f, i) => {
          const y = base - f * most * scale;
          return <g key={f}><line x1={LEFT} x2={width} y1={y} y2={y} stroke="var(--cf-line)" strokeDasharray={f ? '2 3' : undefined} />{total > 0 && <text x={LEFT - 8} y={y + 4} textAnchor="end">{marks[i]}</text>}</g>;
        })}
        {buckets.map((b, i) => (labelled(b, i) ? <text key={b.at} x={LEFT + i * step} y={height - 5} textAnchor="middle">{hour(b.at)}</text> : null))}
        {shade && <rect x={LEFT + shade[0] * step - 1} width={Math.max(0, (shade[1] - shade[0] + 1) * step + 1)} y={0} height={base} fill="var(--cf-accent)" opacity={0.14} />}
        {paths.map((d, k) => <path key={BANDS[k].family} d={d} fill={`var(--cf-fill-${BANDS[k].family})`} opacity={lit.has(BANDS[k].family) ? 1 : 0.16} />)}
        {unknown > 0 && width > LEFT && <rect x={LEFT} y={TOP} width={Math.max(0, unknown * step - 1)} height={base - TOP} fill="url(#not-known)" />}
        {at !== null && <rect x={LEFT + at * step - 1} width={step} y={TOP - 4} height={base - TOP + 4} fill="var(--cf-ink)" opacity={0.07} />}
      </svg>
      {hover && at !== null && (
        <Tip style={at > n / 2 ? { right: width - (LEFT + at * step) + 8 } : { left: LEFT + (at + 1) * step + 8 }}>
          <p style={{ color: 'var(--cf-ink3)' }}>{time(hover.at)}{at < unknown && sum(hover.counts) > 0 && ` · ${t.atLeast}`}</p>
          {BANDS.map((b, k) => (hover.counts[k] ? <p key={b.label}><i style={{ background: `var(--cf-fill-${b.family})` }} />{b.label}<b>{count(hover.counts[k])}</b></p> : null)).reverse()}
          {sum(hover.counts) === 0 && <p>{at < unknown ? t.notKnown : t.noEvent}</p>}
        </Tip>
      )}
      <Box sx={hidden}><table><caption>{t.tableCaption}</caption><thead><tr><th>{t.tableTime}</th>{BANDS.map(b => <th key={b.label}>{b.label}</th>)}</tr></thead>
        <tbody>{buckets.filter((_, i) => i % 18 === 0).map(b => <tr key={b.at}><th scope="row">{time(b.at)}</th>{b.counts.map((c, i) => <td key={i}>{c}</td>)}</tr>)}</tbody></table></Box>
    </Frame>
  );
});
const trim = (v: number): string => (Number.isInteger(v) ? count(v) : decimal(v));
