import { useState, type MouseEvent } from 'react';
import { Box, IconButton, Menu, MenuItem, Tooltip, useColorScheme } from '@mui/material';
import { text } from '../text/en';
import { Icon } from '../ui/Icon';

const MODES = [['light', 'sun', text.shell.light], ['dark', 'moon', text.shell.dark], ['system', 'screen', text.shell.system]] as const;

export function ThemeSwitch() {
  const { mode, setMode, colorScheme } = useColorScheme(), [at, setAt] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title={text.shell.theme}><IconButton aria-label={text.shell.theme} aria-haspopup="menu" onClick={(e: MouseEvent<HTMLElement>) => setAt(e.currentTarget)}><Icon name={colorScheme === 'dark' ? 'moon' : 'sun'} /></IconButton></Tooltip>
      <Menu anchorEl={at} open={!!at} onClose={() => setAt(null)}>
        {MODES.map(([m, icon, label]) => (
          <MenuItem key={m} role="menuitemradio" aria-checked={mode === m} onClick={() => { setMode(m); setAt(null); }}><Icon name={icon} />{label}<Box sx={{ flex: 1 }} />{mode === m && <Icon name="check" />}</MenuItem>
        ))}
      </Menu>
    </>
  );
}
