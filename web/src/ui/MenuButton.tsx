import { useState, type MouseEvent, type ReactNode } from 'react';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import type { SxProps } from '@mui/material';
import { later } from '../lib/later';
import type { Item } from './Menu';

const Menu = later(() => import('./overlays').then(m => m.Menu));
interface Props { label: string; tip?: string; children: ReactNode; items: () => readonly (Item | false | null)[]; sx?: SxProps }

export function MenuButton({ label, tip = label, children, items, sx }: Props) {
  const [at, setAt] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title={tip}><IconButton aria-label={label} aria-haspopup="menu" sx={sx} onClick={(e: MouseEvent<HTMLElement>) => setAt(e.currentTarget)}>{children}</IconButton></Tooltip>
      {at && <Menu at={at} label={label} items={items()} onClose={() => setAt(null)} />}
    </>
  );
}
