import { useEffect, useRef, useState, type ChangeEvent } from 'react';
import { Box, Button, Drawer, FormControlLabel, InputAdornment, LinearProgress, MenuItem, OutlinedInput, Select, Switch, useMediaQuery } from '@mui/material';
import { useKeys, useSettled } from '../lib/hooks';
import { leaf } from '../lib/format';
import { go, setQuery, useRoute } from '../lib/route';
import { useStores } from '../stores/data';
import { text } from '../text/en';
import { Blank } from '../ui/Blank';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { Page, PageHead, Panel } from '../ui/Panel';
import { KeyCap } from '../ui/text';
import { ObjectDetail } from './ObjectDetail';
import { ObjectCards, ObjectTable } from './ObjectTable';
import { Pager } from './Pager';
import { PAGE, useObjects, type Query, type Sort } from './query';

const t = text.objects;
const SORTS = Object.keys(t.sorts) as Sort[];

function read(query: URLSearchParams): Query {
  const sort = query.get('sort') as Sort;
  return { q: query.get('q') ?? '', store: query.get('store') ?? '', sort: SORTS.includes(sort) ? sort : 'last_change', order: query.get('order') === 'asc' ? 'asc' : 'desc', deleted: query.get('deleted') === '1' };
}

export function ObjectsPage() {
  const { query: address } = useRoute(), query = read(address), chosen = address.get('object'), cards = useMediaQuery('(max-width:959px)'), [stores] = useStores(0);
  const [draft, setDraft] = useState(query.q), settled = useSettled(draft, 200), [pages, setPages] = useState<(string | null)[]>([null]), [version, setVersion] = useState(0), box = useRef<HTMLInputElement>(null), cursor = pages[pages.length - 1];
  const { page, loading, problem } = useObjects(query, cursor, version), objects = page?.objects ?? [];
  const change = (part: Record<string, string | null>) => { setPages([null]); setQuery(part); };
  useEffect(() => { if (settled !== query.q) change({ q: settled }); }, [settled]);
  useEffect(() => { if (query.q !== settled) setDraft(query.q); }, [query.q]);
  useEffect(() => { if (address.get('find')) { box.current?.focus(); setQuery({ find: null }); } }, [address]);
  useKeys({ '/': () => box.current?.focus(), Escape: () => (chosen ? setQuery({ object: null }) : setDraft('')) });
  const sortBy = (sort: Sort) => change({ sort, order: query.sort === sort ? (query.order === 'desc' ? 'asc' : 'desc') : sort === 'name' ? 'asc' : 'desc' });
  const open = (id: string) => setQuery({ object: id }), searching = !!(query.q || query.store);
  return (
    <Page>
      <PageHead title={text.rooms.objects} note={t.note} />
      {problem && <Notice tone="bad" icon="failed" action={<Button onClick={() => setVersion(v => v + 1)}>{text.error.again}</Button>}><b>{t.failed}</b> {problem}</Notice>}
      {page?.as_of && page.as_of.lag_events > 0 && <Notice tone="info" icon="clock">{t.behind(page.as_of.lag_events)}</Notice>}
      <Panel aria-label={text.rooms.objects} sx={{ overflow: 'hidden' }}>
        <Box sx={{ display: 'flex', gap: 2, p: 2, borderBottom: '1px solid var(--cf-line)', flexWrap: 'wrap', alignItems: 'center' }}>
          <OutlinedInput inputRef={box} value={draft} onChange={(e: ChangeEvent<HTMLInputElement>) => setDraft(e.target.value)} placeholder={t.search} inputProps={{ 'aria-label': t.searchLabel, spellCheck: false, autoCapitalize: 'none' }} sx={{ flex: 1, minWidth: 200 }} startAdornment={<InputAdornment position="start"><Icon name="search" sx={{ fontSize: 16 }} /></InputAdornment>} endAdornment={cards ? null : <KeyCap>/</KeyCap>} />
          {stores && stores.length > 1 && <Select value={stores.some(s => s.id === query.store) ? query.store : ''} displayEmpty inputProps={{ 'aria-label': t.store }} onChange={(e: { target: { value: unknown } }) => change({ store: String(e.target.value) })} sx={{ minWidth: 140, maxWidth: 220 }}><MenuItem value="">{t.allStores}</MenuItem>{stores.map(s => <MenuItem key={s.id} value={s.id}>{leaf(s.bucket) || s.url}</MenuItem>)}</Select>}
          {cards && <><Select value={query.sort} inputProps={{ 'aria-label': t.sort }} onChange={(e: { target: { value: unknown } }) => change({ sort: String(e.target.value) })}>{SORTS.map(s => <MenuItem key={s} value={s}>{t.sorts[s]}</MenuItem>)}</Select>
            <Button aria-label={query.order === 'asc' ? t.ascending : t.descending} onClick={() => change({ order: query.order === 'asc' ? 'desc' : 'asc' })}><Icon name={query.order === 'asc' ? 'up' : 'down'} sx={{ fontSize: 16 }} /></Button></>}
          <FormControlLabel control={<Switch checked={query.deleted} onChange={(_: unknown, on: boolean) => change({ deleted: on ? '1' : null })} />} label={t.showDeleted} sx={{ mr: 1, ml: 0, '& .MuiFormControlLabel-label': { fontSize: 13, color: 'var(--cf-ink2)' } }} />
        </Box>
        {loading && !page && <LinearProgress aria-label={t.loading} sx={{ height: 2, borderRadius: 0 }} />}
        {page && objects.length === 0 && (searching ? <Blank icon="search" title={t.none} action={<Button onClick={() => { setDraft(''); change({ q: null, store: null }); }}>{t.clear}</Button>}>{t.noneNote}</Blank> : <Blank icon="objects" title={t.empty} action={<Button variant="contained" onClick={() => go('stores')}>{text.live.connect}</Button>}>{t.emptyNote}</Blank>)}
        {objects.length > 0 && (cards ? <ObjectCards objects={objects} onOpen={open} /> : <ObjectTable objects={objects} query={query} chosen={chosen} onSort={sortBy} onOpen={open} />)}
        {page && objects.length > 0 && <Pager from={(pages.length - 1) * PAGE} shown={objects.length} total={page.total} onPrevious={pages.length > 1 ? () => setPages(pages.slice(0, -1)) : null} onNext={page.next_cursor ? () => setPages([...pages, page.next_cursor]) : null} />}
      </Panel>
      <Drawer anchor={cards ? 'bottom' : 'right'} open={!!chosen} onClose={() => setQuery({ object: null })} slotProps={{ paper: { 'aria-label': t.detail.label, role: 'dialog', sx: cards ? { height: '88vh', borderRadius: '14px 14px 0 0' } : { width: 440 } } }}>{chosen && <ObjectDetail id={chosen} onClose={() => setQuery({ object: null })} />}</Drawer>
    </Page>
  );
}
