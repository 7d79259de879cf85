import { useState, type MouseEvent } from 'react';
import { Box, Divider, IconButton, Menu, MenuItem, Tooltip, Typography } from '@mui/material';
import { saying } from '../api/http';
import { go } from '../lib/route';
import { signOut, useSession } from '../session/session';
import { text } from '../text/en';
import { Icon } from '../ui/Icon';

export function UserMenu({ onNote }: { onNote: (words: string) => void }) {
  const session = useSession(), [at, setAt] = useState<HTMLElement | null>(null), t = text.session;
  if (session.status !== 'in' && session.status !== 'expired') return null;
  const { name, scopes } = session.user, close = () => setAt(null);
  return (
    <>
      <Tooltip title={name}><IconButton aria-label={t.account} aria-haspopup="menu" onClick={(e: MouseEvent<HTMLElement>) => setAt(e.currentTarget)}>
        <Box sx={{ width: 26, height: 26, borderRadius: '50%', display: 'grid', placeItems: 'center', fontSize: 11, fontWeight: 600, bgcolor: 'var(--cf-accentSoft)', color: 'var(--cf-accent)' }}>{Array.from(name).slice(0, 2).join('').toUpperCase()}</Box>
      </IconButton></Tooltip>
      <Menu anchorEl={at} open={!!at} onClose={close}>
        <Box component="li" role="presentation" sx={{ px: 2, py: 1.5, maxWidth: 260, listStyle: 'none' }}>
          <Typography variant="h2" component="p">{name}</Typography>
          <Typography variant="caption" component="p" sx={{ color: 'var(--cf-ink3)', m: 0 }}>{session.account ? scopes.map(s => t.scopes[s] ?? s).join(', ') : t.noAccount}</Typography>
        </Box>
        <Divider component="li" role="presentation" sx={{ my: 1 }} />
        <MenuItem onClick={() => { close(); go('stores', { tab: 'people' }); }}><Icon name="key" />{text.stores.tabs[1]}</MenuItem>
        {session.account && <MenuItem onClick={() => { close(); signOut().catch((e: unknown) => onNote(saying(e))); }}><Icon name="logout" />{t.signOut}</MenuItem>}
      </Menu>
    </>
  );
}
