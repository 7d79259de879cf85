import { useMemo } from 'react';
import { Box, Button, styled } from '@mui/material';
import { HATCH, RateChart } from '../charts/RateChart';
import { alternatives, split, toggleAlternative, typePasses } from '../filter/terms';
import { count, time } from '../lib/format';
import { useFigures } from '../stream';
import { firstKnown } from '../stream/core/rates';
import { text } from '../text/en';
import { Icon } from '../ui/Icon';
import { Panel } from '../ui/Panel';
import type { Range } from './past';
import { BANDS, BAND_TERMS, TYPE_NAMES, bandOf, type Family } from './types-table';

const t = text.live;
const Legend = styled('div')({
  display: 'flex', flexWrap: 'wrap', gap: 2, minWidth: 0, flex: 1,
  '& button': { all: 'unset', flex: 'none', display: 'inline-flex', alignItems: 'center', gap: 6, height: 24, padding: '0 7px', borderRadius: 4, fontSize: 12, color: 'var(--cf-ink2)', cursor: 'pointer', fontVariantNumeric: 'tabular-nums' },
  '& button:hover': { background: 'var(--cf-hover)', color: 'var(--cf-ink)' }, '& button:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: -2 }, '& button[aria-pressed=true]': { background: 'var(--cf-accentSoft)', color: 'var(--cf-ink)' },
  '& i': { width: 8, height: 8, borderRadius: 2 }, '& small': { flex: 'none', marginLeft: 'auto', display: 'inline-flex', alignItems: 'center', gap: 6, height: 24, padding: '0 7px', fontSize: 12, color: 'var(--cf-ink3)', fontVariantNumeric: 'tabular-nums', '& i': { width: 14, background: HATCH, border: '1px solid var(--cf-edge)' } }, '& span': { color: 'var(--cf-ink3)' },
  // Where it needs two lines they are about as long.
  '@media (min-width: 600px) and (max-width: 1099px)': { display: 'grid', gridTemplateColumns: 'repeat(5, max-content)' }, '@media (max-width: 599px)': { flexWrap: 'nowrap', overflowX: 'auto', scrollbarWidth: 'none' },
});

interface Props { filter: string; range: Range | null; linked: boolean; low: boolean; onFilter: (filter: string) => void; onRange: (range: [number, number] | null) => void; onNow: () => void }
/** The rate by family. It counts everything; what the filter leaves out is only faded. */
export function RatePanel({ filter, range, linked, low, onFilter, onRange, onNow }: Props) {
  const { stats, buckets, knownSince } = useFigures(), terms = useMemo(() => split(filter), [filter]), told = stats?.event_type_distribution;
  const lit = useMemo(() => {
    const types = [...TYPE_NAMES, ...Object.keys(told ?? {})];
    const passes = (band: number): boolean => terms.every(x => alternatives(x, BAND_TERMS)?.includes(BANDS[band].term) ?? types.some(n => bandOf(n) === band && typePasses([x], n)));
    return new Set(BANDS.filter((_, band) => passes(band)).map(b => b.family)) as ReadonlySet<Family>;
  }, [terms, told]);
  const partly = knownSince !== null && firstKnown(buckets, knownSince) > 0;
  const pressed = terms.flatMap(x => alternatives(x, BAND_TERMS) ?? []), tally = useMemo(() => BANDS.map((_, k) => buckets.reduce((n, b) => n + b.counts[k], 0)), [buckets]);
  return (
    <Panel aria-label={t.chart} sx={{ p: '8px 12px 2px' }}>
      <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 2, mb: 1, minWidth: 0 }}>
        <Legend role="group" aria-label={t.legend}>{BANDS.map((b, k) => (
          <button key={b.family} type="button" aria-pressed={pressed.includes(b.term)} onClick={() => onFilter(toggleAlternative(filter, b.term, BAND_TERMS))}><i style={{ background: `var(--cf-fill-${b.family})` }} />{b.label}{knownSince !== null && <span>{partly ? t.orMore(count(tally[k])) : count(tally[k])}</span>}</button>
        ))}{partly && <small><i />{t.notKnownBefore(time(knownSince))}</small>}</Legend>
        {range || linked ? <Button size="small" variant="text" sx={{ height: 24, flex: 'none' }} startIcon={<Icon name="close" />} onClick={onNow}>{range ? t.backToLive(time(range[0]), time(range[1])) : t.backToLiveLink}</Button>
          : !partly && <Box sx={{ fontSize: 12, lineHeight: '24px', color: 'var(--cf-ink3)', whiteSpace: 'nowrap', display: 'none', '@media (min-width: 1400px)': { display: 'block' } }}>{t.chartNote}</Box>}
      </Box>
      <RateChart buckets={buckets} knownSince={knownSince} lit={lit} range={range} onRange={onRange} height={low ? 84 : 112} />
    </Panel>
  );
}
