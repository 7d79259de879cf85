import { useCallback, useEffect, useRef, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import useMediaQuery from '@mui/material/useMediaQuery';
import { term, toggle } from '../filter/terms';
import { copy } from '../lib/copy';
import { stamp } from '../lib/format';
import { useKeys } from '../lib/hooks';
import { later } from '../lib/later';
import { setQuery, useRoute } from '../lib/route';
import { stream, useFigures, useStream } from '../stream';
import type { Before } from '../stream/client';
import type { Row } from '../stream/core/feed';
import { UnwatchedNotice } from '../stores/UnwatchedNotice';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Icon } from '../ui/Icon';
import { Panel } from '../ui/Panel';
import { Sheet, Told } from '../ui/loaded';
import { Quiet, hidden } from '../ui/text';
import { EventFeed } from './EventFeed';
import { ColumnsButton } from './ColumnsButton';
import { Exports } from './Exports';
import { FilterBar } from './FilterBar';
import { LiveHeader } from './LiveHeader';
import { LiveNotices } from './LiveNotices';
import { LoadingRows, NoPass, NothingYet, Older, Refused } from './LiveBlank';
import { MetricStrip } from './MetricStrip';
import { RatePanel } from './RatePanel';
import { SavedFilters } from './SavedFilters';
import { seen } from './seen';
import { linkTo, lookAtNow, useView } from './view';

const EventDetail = later(() => import('./wanted').then(m => m.EventDetail), 'panel');
const ReplayBar = later(() => import('./wanted').then(m => m.ReplayBar));
const t = text.live, NOTHING: readonly Row[] = [];
const flat = { borderRadius: '10px 10px 0 0 !important', borderBottom: '0 !important', minHeight: 0 } as const;
/** Its rows count for nothing in its height: it takes what the window leaves, and never less than eight rows; then the page scrolls. */
const tall = { contain: 'size', minHeight: { xs: 'max(360px, calc(100vh - 240px))', md: 360 } } as const;

export function LivePage() {
  // A link shows what was around its event, whatever would pass a filter.
  const { query } = useRoute(), filter = query.get('at') ? '' : query.get('filter') ?? '', simulated = query.get('simulated') === '1';
  const s = useStream(), { stats, buckets } = useFigures(), phone = useMediaQuery('(max-width:599px)'), low = useMediaQuery('(max-height:799px)'), docked = useMediaQuery('(min-width:1100px)');
  const [current, setCurrent] = useState<string | null>(null), [open, setOpen] = useState<Row | null>(null), [note, setNote] = useState<string | null>(null), [forced, setForced] = useState(false), scrolled = useRef(false), agreed = useRef(s.link.filter);
  const view = useView(query, filter, buckets[0]?.at ?? null), { past, player, range, link: linked } = view, away = view.rows !== null, feed = useRef<HTMLDivElement>(null), link = s.link, refused = link.problem !== null && link.problem.filter === filter, shown = refused ? '' : link.asking ?? filter, rows = refused ? NOTHING : view.rows ?? s.rows, at = current === null ? -1 : rows.findIndex(r => r.key === current), row = rows[at], live = link.phase === 'live', skew = link.clockOffset;

  // An address that names no time is told, not taken for one that asks for now.
  const lost = !range && !linked && (query.has('since') || query.has('until') || query.has('replay'));
  useEffect(() => { if (lost) { setNote(t.noTime); setQuery({ since: null, until: null, replay: null, speed: null }); } }, [lost]);
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

  // Whoever reads stands still: the live view is held, a replay paused; what is over moves by itself never.
  const hold = useCallback((on: boolean) => { if (!away) stream.hold(on); else if (on) player?.play(false); }, [player, away]);
  const show = useCallback((r: Row | undefined) => { if (r?.kind === 'event') { hold(true); setCurrent(r.key); setOpen(r); } }, [hold]);
  // Reading details holds the view; closing them lets it go, unless somebody paused it or scrolled away.
  const close = () => {
    // Docked, the details are no dialog that gives the focus back by itself.
    if (document.activeElement?.closest('#details')) (feed.current ?? document.getElementById('main'))?.focus({ preventScroll: true });
    setOpen(null); if (!forced && !scrolled.current && !away) stream.hold(false);
  };
  const step = (by: number) => {
    let i = at + by;
    while (rows[i]?.kind === 'gap') i += by;
    if (open) show(rows[i]);
    else if (rows[i]) { hold(true); setCurrent(rows[i].key); }
  };
  const pause = () => { if (player) return player.play(!player.state.playing); if (!live || away) return; const to = !s.held; setForced(to); stream.hold(to); };
  const toNow = () => { setOpen(null); setForced(false); lookAtNow(); stream.hold(false); };
  const onType = (not: boolean) => { if (row?.kind === 'event') setFilter(toggle(shown, term('type', row.event.type, not))); };
  useKeys({
    ' ': pause, j: () => step(1), k: () => step(-1), Enter: () => show(row), Home: () => { setForced(false); stream.hold(false); }, f: () => onType(false), x: () => onType(true),
    Escape: () => (open ? close() : away ? toNow() : setFilter('')), c: () => { if (row?.kind === 'event') void copy(JSON.stringify(row.event, null, 2), text.detail.copied, setNote); }, y: () => { if (row?.kind === 'event' && row.cursor) void copy(linkTo(row.cursor), text.detail.linkCopied, setNote); },
  });
  // Details belong to the link that opened them: whoever leaves it has left them too.
  useEffect(() => {
    const found = past?.target ? past.rows.find(r => r.key === past.target) : undefined;
    if (found) { show(found); return () => setOpen(null); }
    return undefined;
  }, [past?.target]);
  const said = useSummary();

  const detail = open?.kind === 'event' ? <EventDetail row={open} skew={skew} onClose={close} onFilter={x => setFilter(toggle(shown, x))} onStep={step} onNote={setNote} /> : null;
  const look = useCallback((field: string) => seen(stream.snapshot().rows, field), []);
  const before: Before = past && !linked ? { state: past.full ? 'full' : past.next === null ? 'end' : past.loading ? 'asking' : 'more', problem: past.problem?.message ?? null } : s.before;
  const foot = player || view.waiting || linked ? null : <Older before={before} end={!past ? (filter ? t.allThatPasses : t.logBegins) : view.begins ? t.rangeBegins(stamp(view.begins)) : t.rangeEnds} onOlder={past ? past.older : () => void stream.older()} />;
  const loading = rows.length === 0 && !refused && (player ? player.state.waiting : view.waiting || !!past?.loading || (!past && (link.phase === 'connecting' || (live && stats === null))));
  const blank = ((): JSX.Element => {
    if (refused) return <Refused onClear={() => setFilter('')} />;
    if (loading) return <LoadingRows phone={phone} />;
    if (player) return <Blank icon="clock" title={player.state.ended ? t.noRange : text.replay.nothing}>{text.replay.nothingNote(player.state.next === null ? null : stamp(player.state.next))}</Blank>;
    if (past?.next && !past.problem) return <Blank icon="filter" title={t.noneYet} action={<><Button onClick={past.older}>{t.lookFurther}</Button><Button variant="text" onClick={toNow}>{t.toNewest}</Button></>}>{t.noneYetNote}</Blank>;
    if (past) {
      const title = past.problem ? (linked && past.problem.status === 400 ? t.linkBad : t.pastFailed) : linked ? t.linkGone : view.begins && range && view.begins >= range[1] ? t.beforeLog : t.noRange, why = past.lost === 'trimmed' ? t.linkTrimmed : past.lost === 'damaged' ? t.linkDamaged : past.lost ? t.linkOther : view.begins ? t.rangeBegins(stamp(view.begins)) : filter ? t.noRangeNote : t.noRangeAtAll;
      return <Blank icon="clock" title={title} action={<Button onClick={toNow}>{t.toNewest}</Button>}>{linked && past.problem?.status === 400 ? t.linkBadWhy : past.problem?.message ?? why}</Blank>;
    }
    return filter ? <NoPass onClear={() => setFilter('')} /> : <NothingYet />;
  })();

  return (
    <Box sx={{ display: 'grid', gap: { xs: 2, sm: 3 }, p: { xs: '12px 12px 0', sm: '16px 24px 0' }, gridTemplateRows: 'auto auto auto 1fr', minHeight: { md: 'calc(100vh - 53px)' }, flex: 'none', gridTemplateColumns: 'minmax(0,1fr)' }}>
      <LiveHeader phase={link.phase} simulated={simulated} phone={phone} skew={skew} range={range} onNote={setNote} />
      <Box sx={{ display: 'grid', gap: { xs: 2, sm: 3 } }}><LiveNotices link={link} /><UnwatchedNotice /><MetricStrip s={s} /></Box>
      <Box sx={{ display: 'grid', gap: { xs: 2, sm: 3 } }}><RatePanel filter={shown} view={view} low={phone || low} onFilter={setFilter} onNow={toNow} />{player && range && <ReplayBar player={player} range={range} speed={view.speed} begins={view.begins} />}</Box>
      <Box sx={{ display: 'grid', gridTemplateColumns: docked && detail ? 'minmax(0,1fr) 400px' : 'minmax(0,1fr)', gridTemplateRows: 'minmax(0,1fr)', gap: 3, ...tall }}>
        <Panel aria-label={t.events} sx={{ ...flat, display: 'flex', flexDirection: 'column', minWidth: 0 }}>
          <Box sx={{ p: 2, borderBottom: '1px solid var(--cf-line)' }}>
            <FilterBar value={shown} problem={link.problem} onChange={setFilter} seen={look} leading={<SavedFilters filter={shown} onTake={setFilter} />} trailing={<>
              {!phone && <ColumnsButton phone={false} />}<Exports filter={shown} range={range} /><PauseButton held={s.held && !away} chosen={forced || !!open} fresh={s.fresh} disabled={!live || away} onClick={pause} />
              <Box role="status" sx={{ display: { xs: 'none', lg: 'block' }, minWidth: 96, textAlign: 'right', lineHeight: '36px', fontSize: 12, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap', pr: 1 }}><Quiet>{link.asking !== null ? text.filter.asking : loading ? null : t.inView(refused ? 0 : away ? rows.length : s.told.events)}</Quiet></Box></>} />
          </Box>
          {(link.phase === 'connecting' || past?.loading) && <LinearProgress aria-label={t.opening} sx={{ height: 2, borderRadius: 0, flex: 'none' }} />}
          <EventFeed rows={rows} current={current} phone={phone} held={player ? !player.state.playing : away || s.held} fresh={away ? 0 : s.fresh} forced={forced || !!open || away} skew={skew} onHold={v => { if (!v) setForced(false); hold(v); }} onScrolled={far => { scrolled.current = far; }} onCurrent={setCurrent} onOpen={show} blank={blank} view={feed} foot={foot} />
        </Panel>
        {docked && detail && <Panel id="details" aria-label={t.event} sx={flat}>{detail}</Panel>}
      </Box>
      {!docked && <Sheet anchor={phone ? 'bottom' : 'right'} open={!!detail} onClose={close} slotProps={{ paper: { 'aria-label': t.event, role: 'dialog', sx: phone ? { height: '88vh', borderRadius: '14px 14px 0 0' } : { width: 440 } } }}>{detail}</Sheet>}
      <Box role="log" aria-live="polite" sx={hidden}>{said}</Box>
      <Told words={note} onClose={() => setNote(null)} />
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
