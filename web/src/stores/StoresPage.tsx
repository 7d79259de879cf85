import { useEffect, useRef, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import useMediaQuery from '@mui/material/useMediaQuery';
import { saying } from '../api/http';
import type { Store } from '../api/types';
import { visible } from '../lib/format';
import { setQuery, useRoute } from '../lib/route';
import { may, useSession } from '../session/session';
import { SignedOut } from '../session/SignedOut';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Icon } from '../ui/Icon';
import { Told } from '../ui/loaded';
import { Notice } from '../ui/Notice';
import { Page, PageHead, Panel } from '../ui/Panel';
import { AskFirst } from './AskFirst';
import { ConnectStore } from './ConnectStore';
import { act, isTroubled, tellsOfReads, useStores, type Act } from './data';
import { People } from './People';
import { ReadsNotice, ReadsUnknown } from './Reads';
import { StoreNotice } from './StoreNotice';
import { StoreCards, StoreTable } from './StoreTable';

const t = text.stores;

export function StoresPage() {
  const { query } = useRoute(), tab = query.get('tab') === 'people' ? 1 : 0, session = useSession(), { stores, problem, asking, again } = useStores(2000), [note, setNote] = useState<string | null>(null), [asked, setAsked] = useState<{ store: Store; what: Act } | null>(null), input = useRef<HTMLInputElement>(null), List = useMediaQuery('(max-width:959px)') ? StoreCards : StoreTable;
  const admin = may(session, 'admin'), signedIn = session.status === 'in', silent = stores?.filter(s => !tellsOfReads(s)) ?? [];
  useEffect(() => { if (query.get('connect')) { input.current?.focus(); setQuery({ connect: null }); } }, [query]);
  const run = (store: Store, what: Act) => { setAsked(null); act(store.id, what).then(() => { setNote(`${t.did[what]}: ${visible(store.url)}`); again(); }, (e: unknown) => setNote(saying(e))); };
  const choose = (store: Store, what: Act) => (what === 'remove' || what === 'confirm' ? setAsked({ store, what }) : run(store, what));
  return (
    <Page>
      <PageHead title={text.rooms.stores} note={t.note}>{tab === 0 && admin && signedIn && <Button startIcon={<Icon name="plus" />} onClick={() => input.current?.focus()}>{t.connect}</Button>}</PageHead>
      <Tabs value={tab} onChange={(_: unknown, v: number) => setQuery({ tab: v ? 'people' : null })} aria-label={t.tabsLabel} sx={{ borderBottom: '1px solid var(--cf-line)', mt: -2 }}>{t.tabs.map((label, i) => <Tab key={label} id={`s${i}`} aria-controls={`sp${i}`} label={label} />)}</Tabs>
      <div role="tabpanel" id="sp0" aria-labelledby="s0" hidden={tab !== 0}>{tab === 0 && <Box sx={{ display: 'grid', gap: 4 }}>
        <SignedOut seen={stores !== null} />
        {problem && <Notice tone="bad" icon="failed" action={<Button onClick={again}>{text.error.again}</Button>}><b>{t.failed}</b> {problem}</Notice>}
        {asking && <LinearProgress aria-label={t.table} sx={{ height: 2 }} />}
        {stores && stores.length > 0 && <List stores={stores} mayChange={admin} onAct={choose} />}
        {stores && stores.length === 0 && <Panel aria-label={t.table}><Blank icon="stores" title={t.none}>{t.noneNote}</Blank></Panel>}
        {stores?.filter(isTroubled).map(s => <StoreNotice key={s.id} store={s} mayChange={admin} onAct={choose} />)}
        {stores?.filter(s => s.access_data?.trouble).map(s => <ReadsNotice key={s.id} store={s} />)}
        {silent.length > 0 && <ReadsUnknown stores={silent} />}
        {signedIn && (admin ? <ConnectStore ref={input} onDone={url => { setNote(t.connected(visible(url))); again(); }} /> : <Box sx={{ color: 'var(--cf-ink3)' }}>{t.adminOnly}</Box>)}
      </Box>}</div>
      <div role="tabpanel" id="sp1" aria-labelledby="s1" hidden={tab !== 1}>{tab === 1 && <People onNote={setNote} />}</div>
      {asked && (asked.what === 'remove' ? <AskFirst title={t.removeTitle(visible(asked.store.url))} note={t.removeNote} button={t.remove} onNo={() => setAsked(null)} onYes={() => run(asked.store, 'remove')} /> : <AskFirst title={t.confirmTitle(visible(asked.store.url))} note={t.confirmNote} button={t.confirmButton} onNo={() => setAsked(null)} onYes={() => run(asked.store, 'confirm')} />)}
      <Told words={note} onClose={() => setNote(null)} />
    </Page>
  );
}
