import { useState } from 'react';
import { Box, Button, FormControlLabel, Switch } from '@mui/material';
import { api, saying } from '../api/http';
import type { Simulation } from '../api/types';
import { setQuery } from '../lib/route';
import { stream } from '../stream';
import type { Phase } from '../stream/core/link';
import { text } from '../text/en';
import { Icon } from '../ui/Icon';
import { hidden } from '../ui/text';

const t = text.live;

/** The simulated events come on a connection that asked for them: switch over first, so that none is missed. */
async function simulate(): Promise<string> {
  setQuery({ simulated: '1' });
  const s = await api<Simulation>('/api/stream/simulate', { method: 'POST', body: {} });
  return t.simulatedOn(s.events_generated, s.files_processed);
}

export function LiveHeader({ phase, simulated, phone, onNote }: { phase: Phase; simulated: boolean; phone: boolean; onNote: (words: string) => void }) {
  const [busy, setBusy] = useState(false), running = phase === 'live' || phase === 'reconnecting' || phase === 'connecting', wide = { flex: { xs: 1, sm: 'none' } } as const;
  const start = () => { setBusy(true); simulate().then(onNote, (e: unknown) => onNote(t.simulateFailed(saying(e)))).finally(() => setBusy(false)); };
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, flexWrap: 'wrap' }}>
      <Box component="h1" sx={{ m: 0, mr: 'auto', fontSize: 18, fontWeight: 620, letterSpacing: '-0.018em', ...(phone ? hidden : {}) }}>{text.rooms.live}</Box>
      {simulated && <FormControlLabel control={<Switch checked onChange={() => setQuery({ simulated: null })} />} label={t.showSimulated} sx={{ mr: 2, '& .MuiFormControlLabel-label': { fontSize: 13, color: 'var(--cf-ink2)' } }} />}
      {running ? <Button startIcon={<Icon name="stop" />} onClick={() => stream.stop()} sx={wide}>{t.stop}</Button>
        : <Button variant={phase === 'stopped' ? 'contained' : 'outlined'} startIcon={<Icon name="play" />} onClick={() => stream.start()} disabled={phase === 'signed-out'} sx={wide}>{t.start}</Button>}
      <Button startIcon={<Icon name="beaker" />} loading={busy} loadingPosition="start" onClick={start} disabled={phase !== 'live'} sx={{ flex: { xs: 2, sm: 'none' } }}>{t.simulate}</Button>
    </Box>
  );
}
