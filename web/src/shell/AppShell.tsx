import { useState, type MouseEvent, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import useMediaQuery from '@mui/material/useMediaQuery';
import { isTaken, useKeys } from '../lib/hooks';
import { later } from '../lib/later';
import { go } from '../lib/route';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { Sheet, Told } from '../ui/loaded';
import { ConnectionPill } from './ConnectionPill';
import { Nav } from './Nav';
import { NewerNotice } from './NewerNotice';
import { ROOMS } from './rooms';
import { ThemeSwitch } from './ThemeSwitch';
import { UserMenu } from './UserMenu';

const Shortcuts = later(() => import('./Shortcuts').then(m => m.Shortcuts));
const skipLook = { position: 'fixed', top: -60, left: 12, zIndex: 2000, p: 2, bgcolor: 'var(--cf-inverse)', color: 'var(--cf-onInverse)', borderRadius: '6px', '&:focus': { top: 12 } } as const;
const barLook = { position: 'sticky', top: 0, zIndex: 1100, bgcolor: 'color-mix(in srgb, var(--cf-canvas) 88%, transparent)', backdropFilter: 'blur(12px)', borderBottom: '1px solid var(--cf-line)', color: 'var(--cf-ink)' } as const;

/** How long `g` waits for the key that names a room. */
const WAIT = 1_500;
function goByKey(): void {
  const done = () => { removeEventListener('keydown', on, true); clearTimeout(timer); };
  const on = (e: KeyboardEvent) => {
    done();
    const room = isTaken(e) ? undefined : ROOMS.find(r => r.key === e.key);
    if (room) { e.stopPropagation(); e.preventDefault(); go(room.page); }
  };
  const timer = setTimeout(done, WAIT);
  addEventListener('keydown', on, true);
}

export function AppShell({ page, children }: { page: string; children: ReactNode }) {
  const wide = useMediaQuery('(min-width:960px)'), [nav, setNav] = useState(false), [help, setHelp] = useState(false), [note, setNote] = useState<string | null>(null), t = text.shell;
  useKeys({ '?': () => setHelp(true), g: goByKey });
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: wide ? '208px minmax(0,1fr)' : 'minmax(0,1fr)', minHeight: '100vh' }}>
      <Box component="a" href="#main" onClick={(e: MouseEvent) => { e.preventDefault(); document.getElementById('main')?.focus(); }} sx={skipLook}>{t.skip}</Box>
      {wide && <Box component="aside" aria-label={t.sidebar} sx={{ borderRight: '1px solid var(--cf-line)', position: 'sticky', top: 0, height: '100vh' }}><Nav page={page} /></Box>}
      {!wide && <Sheet open={nav} onClose={() => setNav(false)} slotProps={{ paper: { role: 'dialog', 'aria-label': t.rooms, sx: { width: 248, bgcolor: 'var(--cf-canvas)' } } }}><Nav page={page} onGo={() => setNav(false)} /></Sheet>}
      <Box sx={{ display: 'flex', flexDirection: 'column', minWidth: 0 }}>
        <Box component="header" sx={barLook}>
          <Box sx={{ display: 'flex', alignItems: 'center', gap: { xs: 1, md: 2 }, height: 52, px: { xs: 2, md: 6 } }}>
            {!wide && <IconButton aria-label={t.open} onClick={() => setNav(true)}><Icon name="menu" /></IconButton>}
            {!wide && <Box sx={{ fontWeight: 600, letterSpacing: '-0.01em', whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' }}>{ROOMS.find(r => r.page === page)?.label}</Box>}
            {wide && <Button variant="outlined" onClick={() => go('objects', { find: '1' })} startIcon={<Icon name="search" />} sx={{ width: 300, justifyContent: 'flex-start', color: 'var(--cf-ink3) !important', fontWeight: 450 }}>{t.find}</Button>}
            <Box sx={{ flex: 1 }} />
            <ConnectionPill />
            <Box sx={{ width: { xs: 0, md: 4 } }} />
            {wide && <Tooltip title={`${t.shortcuts} (?)`}><IconButton aria-label={t.shortcuts} onClick={() => setHelp(true)}><Icon name="keyboard" /></IconButton></Tooltip>}
            <ThemeSwitch /><UserMenu onNote={setNote} onKeys={() => setHelp(true)} />
          </Box>
        </Box>
        <Box component="main" id="main" tabIndex={-1} sx={{ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', outline: 'none' }}><NewerNotice />{children}</Box>
      </Box>
      {help && <Shortcuts onClose={() => setHelp(false)} />}
      <Told words={note} onClose={() => setNote(null)} />
    </Box>
  );
}
