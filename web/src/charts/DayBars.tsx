import Box from '@mui/material/Box';
import { max } from 'd3-array';
import { scaleBand, scaleLinear } from 'd3-scale';
import { count, day } from '../lib/format';
import { useSize } from '../lib/hooks';
import { hidden } from '../ui/text';

export interface Day { day: string; count: number }
interface Props { days: readonly Day[]; label: string; columns: readonly [string, string]; height?: number }

/** One bar a day, the days without any in between included. */
export function DayBars({ days, label, columns, height = 96 }: Props) {
  const [ref, width] = useSize<HTMLDivElement>(), all = filled(days), foot = 18, left = 30, wide = Math.min(28 * all.length, width - left);
  const x = scaleBand().domain(all.map((_, i) => i)).range([left, left + Math.max(0, wide)]).paddingInner(0.12).align(0), y = scaleLinear().domain([0, Math.max(1, max(all, d => d.count) ?? 0)]).nice(2).range([height - foot, 8]), bar = Math.max(1, x.bandwidth()), most = y.domain()[1];
  return (
    <Box ref={ref} role="img" aria-label={label} sx={{ '& text': { fill: 'var(--cf-ink3)', fontSize: 11, fontVariantNumeric: 'tabular-nums' } }}>
      <svg aria-hidden width={width} height={height} style={{ display: 'block' }}>
        {[0, most].map(v => <g key={v}><line x1={left} x2={width} y1={y(v)} y2={y(v)} stroke="var(--cf-line)" strokeDasharray={v ? '2 3' : undefined} /><text x={left - 6} y={y(v) + 4} textAnchor="end">{count(v)}</text></g>)}
        {all.map((d, i) => (d.count ? <rect key={d.day} x={x(i)} y={y(d.count)} width={bar} height={height - foot - y(d.count)} rx={Math.min(2, bar / 3)} fill="var(--cf-fill-access)"><title>{`${day(d.day)}: ${count(d.count)}`}</title></rect> : null))}
        {all.length > 0 && <text x={left} y={height - 4}>{day(all[0].day)}</text>}
        {all.length > 6 && <text x={left + wide} y={height - 4} textAnchor="end">{day(all[all.length - 1].day)}</text>}
      </svg>
      <Box sx={hidden}><table><thead><tr>{columns.map(c => <th key={c}>{c}</th>)}</tr></thead><tbody>{days.map(d => <tr key={d.day}><th scope="row">{day(d.day)}</th><td>{d.count}</td></tr>)}</tbody></table></Box>
    </Box>
  );
}

const DAY = 86_400_000;
/** At most the last 90 days. */
function filled(days: readonly Day[]): Day[] {
  if (!days.length) return [];
  const at = new Map(days.map(d => [d.day, d.count])), times = days.map(d => Date.parse(d.day)), last = Math.max(...times), first = Math.max(Math.min(...times), last - 89 * DAY), out: Day[] = [];
  for (let t = first; t <= last; t += DAY) { const d = new Date(t).toISOString().slice(0, 10); out.push({ day: d, count: at.get(d) ?? 0 }); }
  return out;
}
