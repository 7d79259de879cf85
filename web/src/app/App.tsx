import { useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { LivePage } from '../live/LivePage';
import { later } from '../lib/later';
import { address, go, useRoute } from '../lib/route';
import { ask, useSession } from '../session/session';
import { AppShell } from '../shell/AppShell';
import { figures, stream } from '../stream';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Crash } from '../ui/Crash';
import { Mark } from '../ui/Icon';
import { hidden } from '../ui/text';

const loading = <LinearProgress aria-label={text.newer.loading} sx={{ height: 2, borderRadius: 0 }} />;
const PAGES: Record<string, React.ComponentType> = {
  live: LivePage,
  overview: later(() => import('../overview/OverviewPage').then(m => m.OverviewPage), 'room', loading),
  objects: later(() => import('../objects/ObjectsPage').then(m => m.ObjectsPage), 'room', loading),
  stores: later(() => import('../stores/StoresPage').then(m => m.StoresPage), 'room', loading),
};
const SignIn = later(() => import('../session/pages').then(m => m.SignIn), 'room');
const Welcome = later(() => import('../session/pages').then(m => m.Welcome), 'room');

function Rooms() {
  const { page } = useRoute(), session = useSession(), Room = PAGES[page];
  useEffect(() => {
    if (session.status === 'in') { figures.start(); if (stream.snapshot().link.phase !== 'stopped' || !stream.snapshot().taken) stream.start(); } else { figures.stop(); stream.signedOut(); }
  }, [session.status]);
  useEffect(() => { document.title = `${page in PAGES ? text.rooms[page as keyof typeof text.rooms] : text.name} · ${text.name}`; }, [page]);
  return (
    <AppShell page={page}>
      <Crash key={page}>{Room ? <Room /> : <Blank icon="unplug" title={text.error.notFound} action={<Button variant="contained" onClick={() => go('live')}>{text.error.toLive}</Button>}>{location.hash}</Blank>}</Crash>
    </AppShell>
  );
}

/** The welcome link carries its token behind the #, so that it reaches no server log; once used it leaves the address. */
function useWelcome(): [string | null, () => void] {
  const [token, setToken] = useState<string | null>(() => (location.pathname.replace(/\/$/, '') === '/welcome' ? location.hash.slice(1) : null));
  const done = () => { history.replaceState(null, '', `/${address('live')}`); dispatchEvent(new HashChangeEvent('hashchange')); setToken(null); };
  return [token, done];
}

export function App() {
  const session = useSession(), [token, welcomed] = useWelcome();
  useEffect(() => { void ask(); }, []);
  // Who is signed in, by this link or before it, needs no welcome.
  useEffect(() => { if (token !== null && session.status === 'in') welcomed(); }, [session.status]);
  useEffect(() => { if (session.status === 'out') { figures.stop(); stream.signedOut(); } }, [session.status]);
  if (token !== null && session.status === 'out') return <Welcome token={token} onSignIn={welcomed} />;
  if (token === null && (session.status === 'in' || session.status === 'expired')) return <Rooms />;
  if (session.status === 'out') return <SignIn />;
  if (session.status === 'unreachable')
    return <Box component="main" sx={{ minHeight: '100vh', display: 'grid' }}><h1 style={hidden as React.CSSProperties}>{text.name}</h1><Blank icon="unplug" title={text.session.unreachable} action={<Button variant="contained" onClick={() => void ask()}>{text.error.again}</Button>}>{text.error.unreachable}</Blank></Box>;
  return <Box component="main" aria-busy="true" sx={{ minHeight: '100vh', display: 'grid', placeItems: 'center' }}><h1 style={hidden as React.CSSProperties}>{text.session.asking}</h1><Mark size={32} /></Box>;
}
