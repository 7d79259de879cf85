import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Box, Button, Drawer, LinearProgress, Snackbar, useMediaQuery } from '@mui/material';
import { term, toggle } from '../filter/terms';
import { useKeys } from '../lib/hooks';
import { setQuery, useRoute } from '../lib/route';
import { stream, useFigures, useStream } from '../stream';
import type { Row } from '../stream/core/feed';
import { UnwatchedNotice } from '../stores/UnwatchedNotice';
import { text } from '../text/en';
import { Blank } from '../ui/Blank';
import { Icon } from '../ui/Icon';
import { Panel } from '../ui/Panel';
import { Quiet, hidden } from '../ui/text';
import { copy, EventDetail } from './EventDetail';
import { EventFeed } from './EventFeed';
import { Exports } from './Exports';
import { FilterBar } from './FilterBar';
import { LiveHeader } from './LiveHeader';
import { LiveNotices } from './LiveNotices';
import { LoadingRows, NoPass, NothingYet, Older, Refused } from './LiveBlank';
import { MetricStrip } from './MetricStrip';
import { rangeOf, usePast, type Range } from './past';
import { RatePanel } from './RatePanel';
import { seen } from './seen';

const t = text.live, NOTHING: readonly Row[] = [];
const flat = { borderRadius: '10px 10px 0 0 !important', borderBottom: '0 !important', minHeight: 0 } as const;
/** Its rows count for nothing in its height: it takes what the window leaves, and never less than eight rows; then the page scrolls. */
const tall = { contain: 'size', minHeight: { xs: 'max(360px, calc(100vh - 240px))', md: 360 } } as const;

export function LivePage() {
  const { query } = useRoute(), filter = query.get('filter') ?? '', linked = query.get('at'), simulated = query.get('simulated') === '1';
  const s = useStream(), { stats } = useFigures(), phone = useMediaQuery('(max-width:599px)'), low = useMediaQuery('(max-height:799px)'), docked = useMediaQuery('(min-width:1100px)');
  const [current, setCurrent] = useState<string | null>(null), [open, setOpen] = useState<Row | null>(null), [note, setNote] = useState<string | null>(null), [forced, setForced] = useState(false), scrolled = useRef(false), agreed = useRef(s.link.filter);
  const since = query.get('since'), until = query.get('until'), range = useMemo(() => rangeOf(since, until), [since, until]), feed = useRef<HTMLDivElement>(null);
  const past = usePast(linked, range, filter), link = s.link, refused = link.problem !== null && link.problem.filter === filter, shown = refused ? '' : link.asking ?? filter, rows = refused ? NOTHING : past ? past.rows : s.rows, at = current === null ? -1 : rows.findIndex(r => r.key === current), row = rows[at], live = link.phase === 'live', skew = link.clockOffset;

  // An address is asked about as it is. What is chosen on the page is asked first, and gets its address when the server agrees.
  useEffect(() => stream.filter(filter, true), [filter]);
  useEffect(() => stream.withSimulated(simulated), [simulated]);
  useEffect(() => {
    if (agreed.current === link.filter) return;
    agreed.current = link.filter;
    setForced(false);
    if (link.filter !== filter) setQuery({ filter: link.filter, at: null }, true);
  }, [link.filter]);
  const setFilter = useCallback((f: string) => { if (refused) setQuery({ filter: f, at: null }); else stream.filter(f); }, [refused]);

  const show = useCallback((r: Row | undefined) => { if (r?.kind === 'event') { stream.hold(true); setCurrent(r.key); setOpen(r); } }, []);
  // Reading details holds the view; closing them lets it go, unless somebody paused it or scrolled away.
  const close = () => {
    // Docked, the details are no dialog that gives the focus back by itself.
    if (document.activeElement?.closest('#details')) (feed.current ?? document.getElementById('main'))?.focus({ preventScroll: true });
    setOpen(null); if (!forced && !scrolled.current && !past) stream.hold(false);
  };
  const step = (by: number) => {
    let i = at + by;
    while (rows[i]?.kind === 'gap') i += by;
    if (open) show(rows[i]);
    else if (rows[i]) { stream.hold(true); setCurrent(rows[i].key); }
  };
  const pause = () => { if (!live || past) return; const to = !s.held; setForced(to); stream.hold(to); };
  const toNow = () => { setOpen(null); setForced(false); setQuery({ at: null, since: null, until: null }, true); stream.hold(false); };
  const setRange = useCallback((r: Range | null) => setQuery({ at: null, since: r && new Date(r[0]).toISOString(), until: r && new Date(r[1]).toISOString() }, true), []);
  const onType = (not: boolean) => { if (row?.kind === 'event') setFilter(toggle(shown, term('type', row.event.type, not))); };
  useKeys({
    ' ': pause, j: () => step(1), k: () => step(-1), Enter: () => show(row), Home: () => { setForced(false); stream.hold(false); }, f: () => onType(false), x: () => onType(true),
    Escape: () => (open ? close() : past ? toNow() : setFilter('')), c: () => { if (row?.kind === 'event') void copy(JSON.stringify(row.event, null, 2), text.detail.copied, setNote); },
  });
  useEffect(() => { const found = past?.target ? past.rows.find(r => r.key === past.target) : undefined; if (found) show(found); }, [past?.target]);
  const said = useSummary();

  const detail = open?.kind === 'event' ? <EventDetail row={open} skew={skew} onClose={close} onFilter={x => setFilter(toggle(shown, x))} onStep={step} onNote={setNote} /> : null;
  const look = useCallback((field: string) => seen(stream.snapshot().rows, field), []);
  const blank = ((): JSX.Element => {
    if (refused) return <Refused onClear={() => setFilter('')} />;
    if (past?.loading || (!past && (link.phase === 'connecting' || (live && stats === null)))) return <LoadingRows phone={phone} />;
    if (past) {
      const title = past.problem ? (linked && past.problem.status === 400 ? t.linkBad : t.pastFailed) : linked ? t.linkGone : t.noRange;
      return <Blank icon="clock" title={title} action={<Button onClick={toNow}>{t.toNewest}</Button>}>{past.problem?.message ?? (linked ? '' : t.noRangeNote)}</Blank>;
    }
    return filter ? <NoPass onClear={() => setFilter('')} /> : <NothingYet />;
  })();

  return (
    <Box sx={{ display: 'grid', gap: { xs: 2, sm: 3 }, p: { xs: '12px 12px 0', sm: '16px 24px 0' }, gridTemplateRows: 'auto auto auto 1fr', minHeight: { md: 'calc(100vh - 53px)' }, flex: 'none', gridTemplateColumns: 'minmax(0,1fr)' }}>
      <LiveHeader phase={link.phase} simulated={simulated} phone={phone} onNote={setNote} />
      <Box sx={{ display: 'grid', gap: { xs: 2, sm: 3 } }}><LiveNotices link={link} /><UnwatchedNotice /><MetricStrip s={s} /></Box>
      <RatePanel filter={shown} range={range} linked={!!linked} low={phone || low} onFilter={setFilter} onRange={setRange} onNow={toNow} />
      <Box sx={{ display: 'grid', gridTemplateColumns: docked && detail ? 'minmax(0,1fr) 400px' : 'minmax(0,1fr)', gridTemplateRows: 'minmax(0,1fr)', gap: 3, ...tall }}>
        <Panel aria-label={t.events} sx={{ ...flat, display: 'flex', flexDirection: 'column', minWidth: 0 }}>
          <Box sx={{ p: 2, borderBottom: '1px solid var(--cf-line)' }}>
            <FilterBar value={shown} problem={link.problem} onChange={setFilter} seen={look} trailing={<>
              <Exports filter={shown} range={range} /><PauseButton held={s.held} chosen={forced || !!open} fresh={s.fresh} disabled={!live || !!past} onClick={pause} />
              <Box role="status" sx={{ display: { xs: 'none', lg: 'block' }, minWidth: 96, textAlign: 'right', lineHeight: '36px', fontSize: 12, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap', pr: 1 }}><Quiet>{link.asking !== null ? text.filter.asking : t.inView(refused ? 0 : past ? rows.length : s.told.events)}</Quiet></Box></>} />
          </Box>
          {(link.phase === 'connecting' || past?.loading) && <LinearProgress aria-label={t.opening} sx={{ height: 2, borderRadius: 0, flex: 'none' }} />}
          {past?.more && <Box sx={{ px: 4, py: 1, fontSize: 12, color: 'var(--cf-ink3)', borderBottom: '1px solid var(--cf-line)' }}>{t.more(rows.length)}</Box>}
          <EventFeed rows={rows} current={current} phone={phone} held={s.held} fresh={past ? 0 : s.fresh} forced={forced || !!open || !!past} skew={skew} onHold={v => { if (!v) setForced(false); stream.hold(v); }} onScrolled={away => { scrolled.current = away; }} onCurrent={setCurrent} onOpen={show} blank={blank} view={feed} foot={past ? null : <Older before={s.before} filtered={!!filter} />} />
        </Panel>
        {docked && detail && <Panel id="details" aria-label={t.event} sx={flat}>{detail}</Panel>}
      </Box>
      {!docked && <Drawer anchor={phone ? 'bottom' : 'right'} open={!!detail} onClose={close} slotProps={{ paper: { 'aria-label': t.event, role: 'dialog', sx: phone ? { height: '88vh', borderRadius: '14px 14px 0 0' } : { width: 440 } } }}>{detail}</Drawer>}
      <Box role="log" aria-live="polite" sx={hidden}>{said}</Box>
      <Snackbar open={note !== null} autoHideDuration={4500} onClose={() => setNote(null)} message={note} anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }} />
    </Box>
  );
}

/** While only scrolling holds the view, the count stands on the button that lies over the rows. */
function PauseButton({ held, chosen, fresh, disabled, onClick }: { held: boolean; chosen: boolean; fresh: number; disabled: boolean; onClick: () => void }) {
  const words = held ? (fresh && chosen ? t.fresh(fresh) : t.resume) : t.pause;
  return (
    <Button sx={{ height: 36, minWidth: { xs: 0, sm: 96 } }} aria-pressed={held} aria-label={held ? t.resumeNew(fresh) : t.pause} disabled={disabled} variant={held && chosen ? 'contained' : 'outlined'} onClick={onClick} startIcon={<Icon name={held ? 'play' : 'pause'} />}>
      <Box component="span" sx={{ display: { xs: held ? 'inline' : 'none', sm: 'inline' }, fontVariantNumeric: 'tabular-nums' }}>{words}</Box>
    </Button>
  );
}

/** A calm sentence for screen readers every ten seconds instead of every row. */
function useSummary(): string {
  const [said, setSaid] = useState(''), before = useRef(stream.snapshot().taken);
  useEffect(() => {
    const timer = setInterval(() => {
      const taken = stream.snapshot().taken, n = taken - before.current;
      before.current = taken;
      if (n > 0) setSaid(t.said(n));
    }, 10_000);
    return () => clearInterval(timer);
  }, []);
  return said;
}
