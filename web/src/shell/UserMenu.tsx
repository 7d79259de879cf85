import Box from '@mui/material/Box';
import { saying } from '../api/http';
import { go } from '../lib/route';
import { signOut, useSession } from '../session/session';
import { text } from '../text';
import { docs } from '../ui/Docs';
import { MenuButton } from '../ui/MenuButton';

export function UserMenu({ onNote, onKeys }: { onNote: (words: string) => void; onKeys: () => void }) {
  const session = useSession(), t = text.session;
  if (session.status !== 'in' && session.status !== 'expired') return null;
  const { name, scopes } = session.user;
  const head = <><Box component="p" sx={{ m: 0, fontSize: 13, fontWeight: 600, color: 'var(--cf-ink)', overflowWrap: 'anywhere' }}>{name}</Box>{session.account ? scopes.map(s => t.scopes[s] ?? s).join(', ') : t.noAccount}</>;
  return (
    <MenuButton label={t.account} tip={name} items={() => [
      { head }, 'line', { icon: 'key', label: text.stores.tabs[1], onClick: () => go('stores', { tab: 'people' }) }, { icon: 'keyboard', label: text.shell.shortcuts, onClick: onKeys },
      { icon: 'help', label: text.shell.docs, href: docs(), apart: true, onClick: () => undefined },
      session.account && { icon: 'logout', label: t.signOut, onClick: () => { signOut().catch((e: unknown) => onNote(saying(e))); } },
    ]}>
      <Box sx={{ width: 26, height: 26, borderRadius: '50%', display: 'grid', placeItems: 'center', fontSize: 11, fontWeight: 600, bgcolor: 'var(--cf-accentSoft)', color: 'var(--cf-accent)' }}>{Array.from(name).slice(0, 2).join('').toUpperCase()}</Box>
    </MenuButton>
  );
}
