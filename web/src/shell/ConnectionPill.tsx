import { useState } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { keyframes, styled } from '@mui/material/styles';
import { count, NONE } from '../lib/format';
import { useNow } from '../lib/hooks';
import { useFigures, useStream } from '../stream';
import type { LinkState, Phase } from '../stream/core/link';
import { text } from '../text';
import { Bubble } from '../ui/loaded';

const breathe = keyframes`0%{box-shadow:0 0 0 0 color-mix(in srgb,var(--tone) 55%,transparent)}70%,100%{box-shadow:0 0 0 6px transparent}`;
const Pill = styled('button')({
  display: 'inline-flex', alignItems: 'center', gap: 8, height: 28, padding: '0 10px', borderRadius: 14, border: '1px solid var(--cf-edge)', background: 'var(--cf-panel)', color: 'var(--cf-ink)',
  font: '550 12px/1 "Inter Variable", sans-serif', fontVariantNumeric: 'tabular-nums', cursor: 'pointer', whiteSpace: 'nowrap',
  '& > i': { width: 8, height: 8, borderRadius: 4, background: 'var(--tone)' }, '&[data-live=true] > i': { animation: `${breathe} 2.4s ease-out infinite`, '@media (prefers-reduced-motion: reduce)': { animation: 'none' } },
  '& > span': { color: 'var(--cf-ink3)', fontWeight: 450, paddingLeft: 8, borderLeft: '1px solid var(--cf-line)' }, '&:hover': { background: 'var(--cf-hover)' },
  '@media (max-width: 599px)': { padding: '0 9px', gap: 6, '& > span + span': { display: 'none' }, '& > span': { paddingLeft: 6 } },
});
const TONE: Record<Phase, string> = { connecting: 'var(--cf-ink3)', live: 'var(--cf-ok)', reconnecting: 'var(--cf-warn)', stopped: 'var(--cf-ink3)', failed: 'var(--cf-bad)', 'signed-out': 'var(--cf-bad)' };

/** Old events that keep coming mean catching up; when they stop, only the next heartbeat knows. */
function lagOf(link: LinkState, now: number): string {
  if (link.lagEvents === null) return link.fed !== null && now - link.fed < 2_000 ? text.pill.catching : text.pill.lag(NONE);
  return text.pill.lag(count(link.lagEvents));
}

/** State, round trip and lag, everywhere; opened, it says what the connection is. */
export function ConnectionPill() {
  const { link, held, rows, duplicates } = useStream(), { stats } = useFigures(), now = useNow(), [at, setAt] = useState<HTMLElement | null>(null), t = text.pill;
  const live = link.phase === 'live', paused = live && held, word = paused ? text.phase.paused : text.phase[link.phase], wait = link.retryAt === null ? 0 : Math.max(0, Math.ceil((link.retryAt - now) / 1000));
  const trip = count(link.roundTrip), delay = stats?.latency_ms?.p50;
  const facts: [string, string][] = [
    [t.roundTrip, live && link.roundTrip !== null ? t.ms(trip) : NONE], [t.behind, live && link.lagEvents !== null ? t.events(link.lagEvents) : NONE], [t.delay, typeof delay === 'number' ? t.ms(delay < 10 ? delay.toFixed(1) : count(delay)) : NONE],
    [t.transport, t.webSocket], [t.session, link.session ?? NONE], [t.cursor, link.cursor ?? NONE], [t.rows, t.rowsOf(rows.length)], ...(duplicates ? [[t.twice, count(duplicates)] as [string, string]] : []),
  ];
  return (
    <>
      <Pill type="button" data-testid="pill" data-live={live && !held} style={{ '--tone': paused ? 'var(--cf-warn)' : TONE[link.phase] } as React.CSSProperties} aria-haspopup="dialog" onClick={e => setAt(e.currentTarget)}
        aria-label={t.label(word, live ? t.labelLive(trip, lagOf(link, now)) : '')}>
        <i aria-hidden />{word}
        {live && <><span>{link.roundTrip === null ? NONE : t.ms(trip)}</span><span>{lagOf(link, now)}</span></>}
        {link.phase === 'reconnecting' && wait > 0 && <span>{t.inSeconds(wait)}</span>}
      </Pill>
      <Bubble open={!!at} anchorEl={at} onClose={() => setAt(null)} anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }} transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': t.details, sx: { mt: 1, p: 4, width: 320, border: '1px solid var(--cf-line)', boxShadow: 'var(--cf-shadow-pop)', borderRadius: '8px' } } }}>
        <Typography variant="h2" component="p" sx={{ mb: 2 }}>{live ? t.connected(location.host) : word}</Typography>
        <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: 'auto minmax(0,1fr)', gap: '4px 16px', '& dt': { color: 'var(--cf-ink3)', whiteSpace: 'nowrap' }, '& dd': { m: 0, textAlign: 'right', fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' } }}>
          {facts.map(([k, v]) => <Box key={k} sx={{ display: 'contents' }}><dt>{k}</dt><dd>{v}</dd></Box>)}
        </Box>
      </Bubble>
    </>
  );
}
