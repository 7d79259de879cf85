import { useId } from 'react';
import Box from '@mui/material/Box';
import { styled } from '@mui/material/styles';
import { max } from 'd3-array';
import { scaleBand, scaleLinear } from 'd3-scale';
import { count, day } from '../lib/format';
import { useNow, useSize } from '../lib/hooks';
import { text } from '../text';
import { hidden } from '../ui/text';
import { filled, type Day } from './filled';

const t = text.days;
interface Props { days: readonly Day[]; label: string; height?: number }

const LEAST = 2, FOOT = 18, TOP = 8, LEFT = 30;
/** Scans by more than their colour: as a background; the chart draws the same as a pattern. */
const STRIPES = 'repeating-linear-gradient(0deg, var(--cf-ink3) 0 1.5px, color-mix(in srgb, var(--cf-ink3) 45%, transparent) 1.5px 3px)';

/** One bar a day, the days without any in between included. What there is any of is never too low to be seen. */
export function DayBars({ days, label, height = 96 }: Props) {
  const [ref, width] = useSize<HTMLDivElement>(), id = useId(), all = filled(days, useNow()), scanned = days.some(d => d.scans), wide = Math.min(28 * all.length, width - LEFT), base = height - FOOT;
  const x = scaleBand().domain(all.map((_, i) => i)).range([LEFT, LEFT + Math.max(0, wide)]).paddingInner(0.12).align(0), y = scaleLinear().domain([0, Math.max(1, max(all, d => d.count + (d.scans ?? 0)) ?? 0)]).nice(4).range([base, TOP]), bar = Math.max(1, x.bandwidth()), most = y.domain()[1];
  const high = (v: number | undefined): number => (v ? Math.max(LEAST, base - y(v)) : 0);
  return (
    <Box sx={{ position: 'relative' }}>
      <Box ref={ref} role="img" aria-label={label} sx={{ '& text': { fill: 'var(--cf-ink3)', fontSize: 11, fontVariantNumeric: 'tabular-nums' } }}>
        <svg aria-hidden width={width} height={height} style={{ display: 'block' }}>
          <defs><pattern id={id} width="3" height="3" patternUnits="userSpaceOnUse"><rect width="3" height="3" fill="var(--cf-ink3)" opacity="0.45" /><rect width="3" height="1.5" fill="var(--cf-ink3)" /></pattern></defs>
          {[0, most].map(v => <g key={v}><line x1={LEFT} x2={width} y1={y(v)} y2={y(v)} stroke="var(--cf-line)" strokeDasharray={v ? '2 3' : undefined} /><text x={LEFT - 6} y={y(v) + 4} textAnchor="end">{count(v)}</text></g>)}
          {all.map((d, i) => {
            const read = high(d.count), scans = high(d.scans), gap = read && scans ? 1 : 0;
            return read || scans ? (
              <g key={d.day}><title>{d.scans ? t.tipScans(day(d.day), d.count, d.scans) : t.tip(day(d.day), d.count)}</title>
                {read > 0 && <rect x={x(i)} y={base - read} width={bar} height={read} rx={Math.min(2, bar / 3)} fill="var(--cf-fill-access)" />}
                {scans > 0 && <rect x={x(i)} y={base - read - gap - scans} width={bar} height={scans} fill={`url(#${id})`} data-testid="scan" />}
              </g>
            ) : null;
          })}
          {all.length > 0 && <text x={LEFT} y={height - 4}>{day(all[0].day)}</text>}
          {all.length > 6 && <text x={LEFT + wide} y={height - 4} textAnchor="end">{day(all[all.length - 1].day)}</text>}
        </svg>
      </Box>
      {/* Beside the picture: within one nothing is read. */}
      <Box sx={hidden}><table><caption>{t.caption}</caption><thead><tr><th>{t.day}</th><th>{t.reads}</th>{scanned && <th>{t.scans}</th>}</tr></thead><tbody>{days.map(d => <tr key={d.day}><th scope="row">{day(d.day)}</th><td>{d.count}</td>{scanned && <td>{d.scans ?? 0}</td>}</tr>)}</tbody></table></Box>
      {scanned && <Legend><li><i style={{ background: 'var(--cf-fill-access)' }} />{t.reads}</li><li><i style={{ background: STRIPES }} />{t.scans}</li></Legend>}
    </Box>
  );
}
const Legend = styled('ul')({ listStyle: 'none', margin: '6px 0 0', padding: 0, paddingLeft: LEFT, display: 'flex', flexWrap: 'wrap', gap: '2px 16px', fontSize: 12, color: 'var(--cf-ink2)', '& li': { display: 'flex', alignItems: 'center', gap: 6 }, '& i': { width: 9, height: 9, borderRadius: 2 } });
