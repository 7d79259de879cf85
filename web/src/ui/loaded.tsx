import { useState } from 'react';
import type { DrawerProps } from '@mui/material/Drawer';
import type { PopoverProps } from '@mui/material/Popover';
import type { SnackbarProps } from '@mui/material/Snackbar';
import { later } from '../lib/later';

// What is not there until somebody opens it, or something is to be told, is no part of the first script.
const LazyDrawer = later<DrawerProps>(() => import('./overlays').then(m => m.Drawer));
const LazyPopover = later<PopoverProps>(() => import('./overlays').then(m => m.Popover));
const LazySnackbar = later<SnackbarProps>(() => import('./overlays').then(m => m.Snackbar));

/** True from the first time on: what was open once stays, so that it can close as it should. */
function useOnce(open: boolean): boolean {
  const [was, set] = useState(open);
  if (open && !was) set(true);
  return was || open;
}
export const Sheet = (props: DrawerProps) => (useOnce(!!props.open) ? <LazyDrawer {...props} /> : null);
export const Bubble = (props: PopoverProps) => (useOnce(!!props.open) ? <LazyPopover {...props} /> : null);
/** A line at the foot of the window that goes by itself. */
export function Told({ words, onClose }: { words: string | null; onClose: () => void }) {
  return useOnce(words !== null) ? <LazySnackbar open={words !== null} autoHideDuration={4500} onClose={onClose} message={words} anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }} /> : null;
}
