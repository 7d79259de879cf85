import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Divider from '@mui/material/Divider';
import MuiMenu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { text } from '../text';
import { Icon, type IconName } from './Icon';

export type Item = { icon: IconName; label: ReactNode; note?: ReactNode; onClick: () => void; /** One of several, of which this is the one. */ chosen?: boolean; href?: string; download?: string; /** In a tab of its own. */ apart?: boolean } | { head: ReactNode } | 'line';
interface Props { at: HTMLElement; items: readonly (Item | false | null)[]; label: string; onClose: () => void }

/** A menu from its items; a choice closes it. Loaded when it is opened. */
export function Menu({ at, items, label, onClose }: Props) {
  return (
    <MuiMenu anchorEl={at} open onClose={onClose} slotProps={{ paper: { role: 'region', 'aria-label': label }, list: { 'aria-label': label } }}>
      {items.map((x, i) => {
        if (!x) return null;
        if (x === 'line') return <Divider key={i} component="li" role="presentation" sx={{ my: 1 }} />;
        if ('head' in x) return <Box key={i} component="li" role="presentation" sx={{ px: 2, py: 1.5, maxWidth: 280, listStyle: 'none', color: 'var(--cf-ink3)', fontSize: 12 }}>{x.head}</Box>;
        const link = x.href ? { component: 'a' as const, href: x.href, download: x.download, ...(x.apart ? { target: '_blank', rel: 'noopener', title: text.shell.newTab } : {}) } : x.chosen === undefined ? {} : { role: 'menuitemradio', 'aria-checked': x.chosen };
        return (
          <MenuItem key={i} {...link} onClick={() => { onClose(); x.onClick(); }}><Icon name={x.icon} />{x.label}
            {(x.note || x.chosen) && <><Box sx={{ flex: 1 }} />{x.note && <Box component="span" sx={{ color: 'var(--cf-ink3)', fontSize: 12 }}>{x.note}</Box>}{x.chosen && <Icon name="check" />}</>}
          </MenuItem>
        );
      })}
    </MuiMenu>
  );
}
