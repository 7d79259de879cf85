import Box from '@mui/material/Box';
import List from '@mui/material/List';
import ListItemButton from '@mui/material/ListItemButton';
import { useNewer } from '../lib/newer';
import { useLink, useTotals } from '../stream';
import { text } from '../text';
import { Icon, Mark } from '../ui/Icon';
import { ROOMS } from './rooms';

const item = (here: boolean) => ({
  height: 32, flex: 'none', borderRadius: '6px', px: '8px', gap: '10px', color: here ? 'var(--cf-ink)' : 'var(--cf-ink2)', fontWeight: here ? 560 : 480, letterSpacing: '-0.004em',
  '& svg': { fontSize: 17, color: here ? 'var(--cf-accent)' : 'var(--cf-ink3)' },
  '&.Mui-selected, &.Mui-selected:hover': { bgcolor: 'color-mix(in srgb, var(--cf-ink) 7%, transparent)' }, '&:hover': { bgcolor: 'color-mix(in srgb, var(--cf-ink) 4%, transparent)' },
} as const);

export function Nav({ page, onGo }: { page: string; onGo?: () => void }) {
  const totals = useTotals(), { version } = useLink(), newer = useNewer();
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', height: '100%', p: '12px 10px' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: '9px', height: 32, px: '8px', mb: 4 }}><Mark /><Box component="span" sx={{ fontSize: 15, fontWeight: 640, letterSpacing: '-0.022em' }}>{text.name}</Box></Box>
      <List component="nav" aria-label={text.shell.rooms} disablePadding sx={{ display: 'grid', gap: '2px' }}>
        {ROOMS.map(r => (
          <ListItemButton key={r.page} component="a" href={`#/${r.page}`} selected={r.page === page} aria-current={r.page === page ? 'page' : undefined} onClick={onGo} sx={item(r.page === page)}>
            <Icon name={r.icon} /><span>{r.label}</span>
          </ListItemButton>
        ))}
      </List>
      <Box sx={{ mt: 'auto', p: '8px', display: 'grid', gap: 1, fontSize: 11, color: 'var(--cf-ink3)', fontVariantNumeric: 'tabular-nums' }}>
        {totals && <span>{text.shell.kept(totals.kept)}</span>}{version && <span>{text.shell.version(version)}</span>}
        {newer.later && <Box component="button" type="button" sx={{ all: 'unset', minHeight: 24, color: 'var(--cf-accent)', cursor: 'pointer', '&:hover': { textDecoration: 'underline' }, '&:focus-visible': { outline: '2px solid var(--cf-accent)' } }} onClick={() => location.reload()}>{text.newer.reload}</Box>}
      </Box>
    </Box>
  );
}
