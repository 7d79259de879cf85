import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import Switch from '@mui/material/Switch';
import Typography from '@mui/material/Typography';
import { setKeysOn, useKeysOn } from '../lib/hooks';
import { text } from '../text';
import { Docs } from '../ui/Docs';
import { Icon } from '../ui/Icon';
import { KeyCap } from '../ui/text';
import { ROOMS } from './rooms';

const k = text.keys;
const GROUPS: [string, [string[], string][]][] = [
  [k.anywhere, [[['?'], k.help], [['/'], k.search], ...ROOMS.map(r => [['g', r.key], r.label] as [string[], string])]],
  [text.rooms.live, [[[k.space], k.pause], [['j'], k.next], [['k'], k.previous], [['Enter'], k.details], [['f'], k.filterFor], [['x'], k.filterOut], [['c'], k.copy], [['y'], k.copyLink], [['Home'], k.newest], [['Esc'], k.escape]]],
];
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const single = useKeysOn();
  return (
    <Dialog open onClose={onClose} maxWidth="sm" fullWidth aria-labelledby="keys-title">
      <DialogTitle id="keys-title" sx={{ display: 'flex', alignItems: 'center' }}>{text.shell.shortcuts}<Box sx={{ flex: 1 }} /><IconButton aria-label={text.shell.close} onClick={onClose}><Icon name="close" /></IconButton></DialogTitle>
      <DialogContent sx={{ display: 'grid', gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr' }, gap: '16px 32px' }}>
        {GROUPS.map(([title, rows]) => (
          <Box key={title}><Typography variant="caption" component="h3" sx={{ color: 'var(--cf-ink3)', m: 0, mb: 1 }}>{title}</Typography>
            {rows.map(([keys, says]) => <Box key={says} sx={{ display: 'flex', alignItems: 'center', height: 32, borderBottom: '1px solid var(--cf-line)' }}><Box sx={{ flex: 1 }}>{says}</Box><Box sx={{ display: 'flex', gap: 1 }}>{keys.map(key => <KeyCap key={key}>{key}</KeyCap>)}</Box></Box>)}
          </Box>
        ))}
        <Box component="label" sx={{ gridColumn: '1 / -1', display: 'flex', alignItems: 'center', gap: 2 }}>
          <Switch checked={single} onChange={(_: unknown, on: boolean) => setKeysOn(on)} /><span>{text.shell.singleKeys}</span><Box component="span" sx={{ color: 'var(--cf-ink3)', fontSize: 12 }}>{text.shell.singleKeysNote}</Box>
        </Box>
        <Box sx={{ gridColumn: '1 / -1' }}><Docs>{text.shell.docs}</Docs></Box>
      </DialogContent>
    </Dialog>
  );
}
