import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { copy } from '../lib/copy';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { Panel } from '../ui/Panel';
import { Mono, Quiet } from '../ui/text';

const t = text.stores;

/** Accounts and tokens are made on the server's machine; this says how. */
export function People({ onNote }: { onNote: (words: string) => void }) {
  return <Box sx={{ display: 'grid', gap: 4 }}>{([['people', t.people, t.peopleNote], ['tokens', t.tokens, t.tokensNote]] as const).map(([kind, title, note]) => (
    <Panel key={kind} title={title}>
      <Box sx={{ px: 4, pb: 3, color: 'var(--cf-ink2)' }}>{note} {t.dataNote[0]} <Mono style={{ whiteSpace: 'nowrap' }}>{t.dataNote[1]}</Mono> {t.dataNote[2]}</Box>
      {t.commands[kind].map(([command, says]) => (
        <Box key={command} sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0,1fr) auto', md: 'minmax(0,420px) minmax(0,1fr) auto' }, gap: '0 16px', alignItems: 'center', p: '8px 16px', borderTop: '1px solid var(--cf-line)' }}>
          <Mono style={{ overflowWrap: 'anywhere' }}>{command}</Mono><Box sx={{ gridRow: { xs: 2, md: 'auto' } }}><Quiet style={{ fontSize: 12 }}>{says}</Quiet></Box>
          <Tooltip title={t.copy(command)}><IconButton aria-label={t.copy(command)} onClick={() => void copy(command, t.copied, onNote)}><Icon name="copy" /></IconButton></Tooltip>
        </Box>
      ))}
    </Panel>
  ))}</Box>;
}
