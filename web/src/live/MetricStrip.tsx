import { Skeleton } from '@mui/material';
import { Sparkline } from '../charts/Sparkline';
import { count, decimal, NONE, time } from '../lib/format';
import { BUCKET } from '../stream/core/rates';
import type { StreamState } from '../stream/client';
import { useFigures } from '../stream';
import { text } from '../text/en';
import { Figure, Figures } from '../ui/Figure';

const TONES: Record<string, string> = { live: 'var(--cf-ok)', paused: 'var(--cf-warn)', reconnecting: 'var(--cf-warn)', failed: 'var(--cf-bad)', refused: 'var(--cf-bad)', 'signed-out': 'var(--cf-bad)' };

export function MetricStrip({ s }: { s: StreamState }) {
  const { stats, current, buckets, knownSince } = useFigures(), t = text.live, phase = s.link.phase;
  const state = phase === 'live' ? (s.held ? 'paused' : stats?.total_events_produced === 0 ? 'waiting' : 'live') : phase === 'failed' && s.link.problem ? 'refused' : phase, [word, says] = t.state[state];
  const note = state === 'live' ? (s.link.since ? t.since(time(s.link.since)) : '') : state === 'paused' ? t.pausedNote(s.fresh) : says;
  const sums = buckets.map(b => b.counts.reduce((a, c) => a + c, 0)), peak = knownSince === null ? 0 : Math.max(0, ...sums) / (BUCKET / 1000);
  const wait = stats === null && (phase === 'connecting' || phase === 'live') ? <Skeleton width={104} height={20} sx={{ my: '4px' }} /> : null, dim = current ? undefined : 'var(--cf-ink3)';
  const now = (value: string): React.ReactNode => wait ?? (current ? value : NONE), others = stats ? stats.active_subscribers : null;
  return (
    <Figures aria-label={t.figures} role="group">
      <Figure label={t.total} tone={dim} value={wait ?? count(stats?.total_events_produced)} note={current || !stats ? t.totalNote : t.stale} />
      <Figure label={t.rate} tone={dim} value={now(decimal(stats?.events_per_second))} note={!current ? t.unknown : peak > 0 ? t.peak(decimal(peak)) : t.rateNote} aside={current && peak > 0 ? <Sparkline values={sums.slice(-40, -1)} /> : null} />
      <Figure label={t.connections} tone={dim} value={now(count(stats?.active_websocket_connections))} note={current ? t.connectionsNote(others) : t.unknown} />
      <Figure label={t.status} value={word} tone={TONES[state] ?? 'var(--cf-ink2)'} note={note || NONE} />
    </Figures>
  );
}
