import { useEffect, useRef, useState } from 'react';
import Button from '@mui/material/Button';
import Drawer from '@mui/material/Drawer';
import LinearProgress from '@mui/material/LinearProgress';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { ObjectPage, Store } from '../api/types';
import { useKeys, useSettled } from '../lib/hooks';
import { go, setQuery, useRoute } from '../lib/route';
import { useSession } from '../session/session';
import { SignedOut } from '../session/SignedOut';
import { isListing, useStores } from '../stores/data';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Docs } from '../ui/Docs';
import { Notice } from '../ui/Notice';
import { Page, PageHead, Panel } from '../ui/Panel';
import { ObjectDetail } from './ObjectDetail';
import { ObjectCards, ObjectTable } from './ObjectTable';
import { ObjectTools } from './ObjectTools';
import { Pager } from './Pager';
import { listOf, PAGE, read, useObjects, type Query, type Sort } from './query';

const t = text.objects;
const toTop = () => scrollTo({ top: 0 });
/** The button goes with the news it told of, so the focus moves to the content. */
const toContent = () => { document.getElementById('main')?.focus({ preventScroll: true }); toTop(); };

export function ObjectsPage() {
  const { query: address } = useRoute(), query = read(address), chosen = address.get('object'), cards = useMediaQuery('(max-width:959px)'), { stores } = useStores(10_000);
  const [draft, setDraft] = useState(query.q), settled = useSettled(draft, 200), box = useRef<HTMLInputElement>(null), turning = useTurning(query, address);
  const { page: found, of, asking, current, problem, changed, show, again } = useObjects(query), behind = useBehind(found), expired = useSession().status === 'expired', lost = problem?.code === 'bad_cursor', page = lost ? null : found, objects = page?.objects ?? [];
  const change = (part: Record<string, string | null>) => setQuery({ ...part, cursor: null, page: null });
  useEffect(() => { if (settled !== query.q) change({ q: settled }); }, [settled]);
  useEffect(() => { if (query.q !== settled) setDraft(query.q); }, [query.q]);
  useEffect(() => { if (address.get('find')) { box.current?.focus(); setQuery({ find: null }); } }, [address]);
  useKeys({ '/': () => box.current?.focus(), Escape: () => (chosen ? close() : setDraft('')) });
  const sortBy = (sort: Sort) => change({ sort, order: query.sort === sort ? (query.order === 'desc' ? 'asc' : 'desc') : sort === 'name' ? 'asc' : 'desc' });
  const open = (id: string) => setQuery({ object: id }), close = () => setQuery({ object: null });
  const previous = query.page > 1 ? () => turning.back() : null, next = page?.next_cursor ? () => turning.on(page.next_cursor!) : null;
  return (
    <Page>
      <PageHead title={text.rooms.objects} note={t.note} />
      <SignedOut seen={page !== null} />
      {problem && !lost && <Notice tone="bad" icon="failed" action={<Button onClick={again}>{text.error.again}</Button>}><b>{t.failed}</b> {problem.message}</Notice>}
      {behind > 0 && <Notice tone="info" icon="clock">{t.behind(behind)}</Notice>}
      {(page || !expired) && <Panel aria-label={text.rooms.objects} sx={{ overflow: 'clip' }}>
        <ObjectTools query={query} draft={draft} stores={stores ?? []} cards={cards} box={box} onDraft={setDraft} onChange={change} />
        {asking && <LinearProgress aria-label={t.loading} sx={{ height: 2, borderRadius: 0 }} />}
        {lost && <Blank icon="objects" title={t.lostPage} action={<Button onClick={() => change({})}>{t.toFirst}</Button>}>{t.lostPageWhy}</Blank>}
        {page && objects.length === 0 && <Nothing query={query} stores={stores} onClear={() => { setDraft(''); change({ q: null, store: null, temperature: null }); }} />}
        {objects.length > 0 && (cards ? <ObjectCards objects={objects} onOpen={open} /> : <ObjectTable objects={objects} query={of} chosen={chosen} onSort={sortBy} onOpen={open} />)}
        {page && objects.length > 0 && <Pager from={current ? (query.page - 1) * PAGE : null} shown={objects.length} total={page.total} changed={changed} onShow={() => { show(); toContent(); }} knowsPrevious={turning.knowsBefore} onPrevious={previous} onNext={next} />}
      </Panel>}
      <Drawer anchor={cards ? 'bottom' : 'right'} open={!!chosen} onClose={close} slotProps={{ paper: { 'aria-label': t.detail.label, role: 'dialog', sx: cards ? { height: '88vh', borderRadius: '14px 14px 0 0' } : { width: 440 } } }}>{chosen && <ObjectDetail key={chosen} id={chosen} onClose={close} />}</Drawer>
    </Page>
  );
}

function Nothing({ query, stores, onClear }: { query: Query; stores: readonly Store[] | null; onClear: () => void }) {
  if (query.temperature) return <Blank icon="search" title={t.noneHeat[query.temperature]} action={<Button onClick={onClear}>{t.clearAll}</Button>}>{text.temperature.from} <Docs page="tiering">{text.temperature.guide}</Docs></Blank>;
  if (query.q || query.store) return <Blank icon="search" title={t.none} action={<Button onClick={onClear}>{t.clear}</Button>}>{t.noneNote}</Blank>;
  if (!stores) return <Blank icon="objects" title={t.empty}>{''}</Blank>;
  if (stores.length) return <Blank icon="objects" title={t.empty} action={<Button onClick={() => go('stores')}>{text.live.toStores}</Button>}>{stores.some(isListing) ? t.emptyListing : stores.some(s => s.state === 'watching') ? t.emptyWatched(stores.length) : t.emptyUnwatched}</Blank>;
  return <Blank icon="objects" title={t.empty} action={<Button variant="contained" onClick={() => go('stores', { connect: '1' })}>{text.live.connect}</Button>}>{t.emptyNote}</Blank>;
}

/**
 * Turning pages, each a step that Back undoes. A cursor leads only onwards: the ways back are those that were gone, and
 * who came by a link to a later page finds the first one.
 */
function useTurning(query: Query, address: URLSearchParams): { knowsBefore: boolean; on: (cursor: string) => void; back: () => void } {
  const list = listOf(query), { page } = query, [gone, setGone] = useState<{ list: string; starts: Record<number, string | null> }>({ list, starts: {} }), starts = gone.list === list ? gone.starts : {};
  const before = page <= 2 ? null : starts[page - 1];
  const turn = (cursor: string | null, number: number) => {
    const { cursor: _, page: __, ...others } = Object.fromEntries(address);
    go('objects', cursor ? { ...others, cursor, page: String(number) } : others);
    toTop();
  };
  const on = (cursor: string) => { setGone({ list, starts: { ...starts, [page]: query.cursor } }); turn(cursor, page + 1); };
  return { knowsBefore: before !== undefined, on, back: () => turn(before ?? null, page - 1) };
}

const MANY = 1000;
/** Events that the catalogue is behind, where that is worth a word: many, or no way made for a while. A moment's lag is none. */
function useBehind(page: ObjectPage | null): number {
  const at = page?.as_of?.cursor, lag = page?.as_of?.lag_events ?? 0, stands = useSettled(at, 10_000) === at;
  return lag > MANY || stands ? lag : 0;
}
