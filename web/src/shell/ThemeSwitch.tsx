import { useColorScheme } from '@mui/material/styles';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { MenuButton } from '../ui/MenuButton';

const MODES = [['light', 'sun', text.shell.light], ['dark', 'moon', text.shell.dark], ['system', 'screen', text.shell.system]] as const;

export function ThemeSwitch() {
  const { mode, setMode, colorScheme } = useColorScheme();
  return <MenuButton label={text.shell.theme} items={() => MODES.map(([m, icon, label]) => ({ icon, label, chosen: mode === m, onClick: () => setMode(m) }))}><Icon name={colorScheme === 'dark' ? 'moon' : 'sun'} /></MenuButton>;
}
