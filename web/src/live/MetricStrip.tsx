import Skeleton from '@mui/material/Skeleton';
import { Sparkline } from '../charts/Sparkline';
import { count, decimal, NONE, time } from '../lib/format';
import { firstKnown, peak, sum } from '../stream/core/rates';
import type { StreamState } from '../stream/client';
import { useFigures, useTotals } from '../stream';
import { text } from '../text';
import { Figure, Figures } from '../ui/Figure';

const TONES: Record<string, string> = { live: 'var(--cf-ok)', paused: 'var(--cf-warn)', reconnecting: 'var(--cf-warn)', failed: 'var(--cf-bad)', refused: 'var(--cf-bad)', 'signed-out': 'var(--cf-bad)' };

export function MetricStrip({ s }: { s: StreamState }) {
  const { stats, current, asked, buckets, knownSince } = useFigures(), totals = useTotals(), t = text.live, phase = s.link.phase;
  const state = phase === 'live' ? (s.held ? 'paused' : totals?.total === 0 ? 'waiting' : 'live') : phase === 'failed' && s.link.problem ? 'refused' : phase, [word, says] = t.state[state];
  const note = state === 'live' ? (s.link.since ? t.since(time(s.link.since)) : '') : state === 'paused' ? t.pausedNote(s.fresh) : says;
  const sums = buckets.map(b => sum(b.counts)), known = firstKnown(buckets, knownSince), top = peak(buckets), peakNote = t.peak(known > 0 ? t.orMore(decimal(top)) : decimal(top));
  const wait = stats === null && (phase === 'connecting' || phase === 'live') ? <Skeleton width={104} height={20} sx={{ my: '4px' }} /> : null, dim = current ? undefined : 'var(--cf-ink3)';
  const now = (value: string): React.ReactNode => wait ?? (current ? value : NONE), counted = current && (phase !== 'live' || asked >= (s.link.connected ?? 0));
  return (
    <Figures aria-label={t.figures} role="group">
      <Figure label={t.total} tone={dim} value={wait ?? count(totals?.total)} note={current || !stats ? t.totalNote : t.stale} />
      <Figure label={t.rate} tone={dim} value={now(decimal(stats?.events_per_second))} note={!current ? t.unknown : top > 0 ? peakNote : t.rateNote} aside={current && top > 0 && known < sums.length - 10 ? <Sparkline values={sums.slice(Math.max(known, sums.length - 40), -1)} /> : null} />
      <Figure label={t.connections} tone={dim} value={wait ?? (counted ? count(stats?.active_websocket_connections) : NONE)} note={counted && stats ? t.connectionsNote(stats.active_subscribers) : t.unknown} />
      <Figure label={t.status} value={word} tone={TONES[state] ?? 'var(--cf-ink2)'} note={note || NONE} />
    </Figures>
  );
}
