import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { HATCH, RateChart, STRIPES } from '../charts/RateChart';
import { alternatives, split, toggleAlternative, typePasses } from '../filter/terms';
import { NONE, count, length, stamp, time } from '../lib/format';
import { useFigures } from '../stream';
import { BUCKET, firstKnown, sum, type Bucket } from '../stream/core/rates';
import type { Range } from '../stream/core/span';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { Panel } from '../ui/Panel';
import { BANDS, BAND_TERMS, TYPE_NAMES, bandOf, type Family } from './types-table';
import { lookAt, replayOf, type View } from './view';

const t = text.live;
const Legend = styled('div')({
  display: 'flex', flexWrap: 'wrap', gap: 2, minWidth: 0, flex: 1,
  '& button': { all: 'unset', flex: 'none', display: 'inline-flex', alignItems: 'center', gap: 6, height: 24, padding: '0 7px', borderRadius: 4, fontSize: 12, color: 'var(--cf-ink2)', cursor: 'pointer', fontVariantNumeric: 'tabular-nums' },
  '& button:hover': { background: 'var(--cf-hover)', color: 'var(--cf-ink)' }, '& button:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: -2 }, '& button[aria-pressed=true]': { background: 'var(--cf-accentSoft)', color: 'var(--cf-ink)' },
  '& i': { width: 8, height: 8, borderRadius: 2 }, '& span': { color: 'var(--cf-ink3)' },
  // Where it needs two lines they are about as long.
  '@media (min-width: 600px) and (max-width: 1099px)': { display: 'grid', gridTemplateColumns: 'repeat(5, max-content)' }, '@media (max-width: 599px)': { flex: '1 0 100%', gap: 0 },
});

/** What the chart shows of that time, and what not. */
const Note = styled('div')({
  display: 'flex', flexWrap: 'wrap', gap: '0 16px', padding: '0 0 4px 7px', fontSize: 12, lineHeight: '24px', color: 'var(--cf-ink3)', fontVariantNumeric: 'tabular-nums', '& em': { fontStyle: 'normal', color: 'var(--cf-bad)' },
  '& > span': { display: 'inline-flex', alignItems: 'center', gap: 6 }, '& i': { flex: 'none', width: 14, height: 8, borderRadius: 2, background: HATCH, border: '1px solid var(--cf-edge)' },
});
/** At the right, in the line of what stands before them where they have room. */
const Ways = styled('div')({ display: 'contents', '& > button:first-of-type': { marginLeft: 'auto' }, '@media (max-width: 599px)': { '& > button': { marginLeft: 'auto' } } });

interface Props { filter: string; view: View; low: boolean; onFilter: (filter: string) => void; onNow: () => void }
/** The rate by family, of now or of the time that is looked at. It counts everything; what the filter leaves out is only faded. */
export function RatePanel({ filter, view, low, onFilter, onNow }: Props) {
  const { stats, ...now } = useFigures(), { range, rates, player, link } = view, { buckets, knownSince } = rates ?? now, terms = useMemo(() => split(filter), [filter]), told = stats?.event_type_distribution;
  const lit = useMemo(() => {
    const types = [...TYPE_NAMES, ...Object.keys(told ?? {})];
    const passes = (band: number): boolean => terms.every(x => alternatives(x, BAND_TERMS)?.includes(BANDS[band].term) ?? types.some(n => bandOf(n) === band && typePasses([x], n)));
    return new Set(BANDS.filter((_, band) => passes(band)).map(b => b.family)) as ReadonlySet<Family>;
  }, [terms, told]);
  const partly = knownSince !== null && firstKnown(buckets, knownSince) > 0, tally = Array.from({ length: BANDS.length + 1 }, (_, k) => buckets.reduce((n, b) => n + (b.counts[k] ?? 0), 0)), rest = tally[BANDS.length], least = partly || rest > 0, away = range !== null || link !== null, pressed = terms.flatMap(x => alternatives(x, BAND_TERMS) ?? []);
  const back = <Button size="small" variant="text" sx={{ height: 24 }} startIcon={<Icon name="close" />} onClick={onNow}>{range ? t.backToLive(...edges(range)) : t.backToLiveLink}</Button>;
  return (
    <Panel aria-label={t.chart} sx={{ p: '8px 12px 2px' }}>
      <Box sx={{ display: 'flex', flexWrap: { xs: 'wrap', sm: 'nowrap' }, alignItems: 'flex-start', gap: { xs: '2px 8px', sm: 2 }, mb: 1, minWidth: 0 }}>
        <Legend role="group" aria-label={t.legend}>{BANDS.map((b, k) => (
          <button key={b.family} type="button" aria-pressed={pressed.includes(b.term)} onClick={() => onFilter(toggleAlternative(filter, b.term, BAND_TERMS))}><i style={{ background: `var(--cf-fill-${b.family})` }} />{b.label}{knownSince !== null && <span>{!least ? count(tally[k]) : tally[k] > 0 ? t.orMore(count(tally[k])) : NONE}</span>}</button>
        ))}</Legend>
        {link && <Ways>{back}</Ways>}
        {!away && !partly && <Box sx={{ fontSize: 12, lineHeight: '24px', color: 'var(--cf-ink3)', whiteSpace: 'nowrap', display: 'none', '@media (min-width: 1400px)': { display: 'block' } }}>{t.chartNote}</Box>}
      </Box>
      {(range || partly) && <Note>
        {rates && <span>{t.barIs(length(rates.span))}</span>}
        {rates?.problem && <em role="alert">{t.chartFailed(rates.problem)}</em>}
        {rest > 0 && <span><i style={{ background: STRIPES }} />{rates?.more && !rates.problem ? t.sorting(rest) : t.unsorted(rest)}</span>}
        {partly && <span><i />{t.notKnownBefore(rates ? stamp(knownSince) : time(knownSince))}</span>}
        {range && !player && <Ways><Button size="small" variant="text" sx={{ height: 24 }} startIcon={<Icon name="play" />} onClick={() => replayOf(range)}>{t.replayThis}</Button>{back}</Ways>}
      </Note>}
      <RateChart buckets={buckets} span={rates?.span ?? BUCKET} label={says(buckets, knownSince, partly, rest, rates && range ? { range, problem: rates.problem } : null)} knownSince={knownSince} lit={lit} range={rates ? null : range} head={player ? player.state.at : null} each={!!rates} onRange={lookAt} height={low ? 84 : 112} />
    </Panel>
  );
}

/** Both ends, with the day where that is not today. */
function edges(r: Range): [string, string] {
  const today = new Date().toDateString() === new Date(r[0]).toDateString() && new Date(r[1]).toDateString() === new Date(r[0]).toDateString(), show = today ? time : stamp;
  return [show(r[0]), show(r[1])];
}

function says(buckets: readonly Bucket[], knownSince: number | null, partly: boolean, rest: number, past: { range: Range; problem: string | null } | null): string {
  const all = buckets.reduce((n, b) => n + sum(b.counts), 0);
  if (knownSince === null) return !past ? t.chartNotKnown : past.problem ? t.chartFailed(past.problem) : t.chartReading;
  if (past) return [t.chartPast(all, ...edges(past.range)), partly && t.chartBefore(stamp(knownSince)), rest > 0 && t.chartUnsorted(rest)].filter(Boolean).join(' ');
  return partly ? t.chartSaysNewest(all, time(knownSince)) : t.chartSays(all);
}
