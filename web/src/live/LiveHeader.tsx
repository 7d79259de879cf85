import { useEffect, useState, type MouseEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { api, saying } from '../api/http';
import type { Simulation } from '../api/types';
import { later } from '../lib/later';
import { setQuery } from '../lib/route';
import { may, useSession } from '../session/session';
import { stream } from '../stream';
import type { Phase } from '../stream/core/link';
import type { Range } from '../stream/core/span';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { hidden } from '../ui/text';
import { ColumnsButton } from './ColumnsButton';

const LookBack = later(() => import('./wanted').then(m => m.LookBack));
const t = text.live, wide = { flex: { xs: 1, sm: 'none' } } as const;

interface Props { phase: Phase; simulated: boolean; phone: boolean; skew: number; range: Range | null; onNote: (words: string) => void }
export function LiveHeader({ phase, simulated, phone, skew, range, onNote }: Props) {
  const [back, setBack] = useState<{ at: HTMLElement; now: number } | null>(null), running = phase === 'live' || phase === 'reconnecting' || phase === 'connecting', session = useSession();
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, flexWrap: 'wrap' }}>
      <Box component="h1" sx={{ m: 0, mr: 'auto', fontSize: 18, fontWeight: 620, letterSpacing: '-0.018em', ...(phone ? hidden : {}) }}>{text.rooms.live}</Box>
      {simulated && <FormControlLabel control={<Switch checked onChange={() => setQuery({ simulated: null })} />} label={t.showSimulated} sx={{ mr: 2, '& .MuiFormControlLabel-label': { fontSize: 13, color: 'var(--cf-ink2)' } }} />}
      <Button aria-label={text.back.open} aria-haspopup="dialog" startIcon={<Icon name="clock" />} onClick={(e: MouseEvent<HTMLElement>) => setBack({ at: e.currentTarget, now: Date.now() + skew })} sx={phone ? { '& .MuiButton-startIcon': { mr: '-2px !important' } } : undefined}>{phone ? '' : text.back.open}</Button>
      {back && <LookBack at={back.at} now={back.now} range={range} onClose={() => setBack(null)} />}
      {phone && <ColumnsButton phone />}
      {running ? <Button startIcon={<Icon name="stop" />} onClick={() => stream.stop()} sx={wide}>{t.stop}</Button>
        : <Button variant={phase === 'stopped' ? 'contained' : 'outlined'} startIcon={<Icon name="play" />} onClick={() => stream.start()} disabled={phase === 'signed-out'} sx={wide}>{t.start}</Button>}
      {may(session, 'ingest') && <Simulate disabled={phase !== 'live'} onNote={onNote} />}
    </Box>
  );
}

/** The simulated events come on a connection that asked for them: switch over first, so that none is missed. */
async function simulate(): Promise<Simulation> {
  setQuery({ simulated: '1' });
  return api<Simulation>('/api/stream/simulate', { method: 'POST', body: { seed: Date.now() % 2 ** 31 } });
}

function Simulate({ disabled, onNote }: { disabled: boolean; onNote: (words: string) => void }) {
  const [busy, setBusy] = useState(false), [running, setRunning] = useState<Simulation | null>(null);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setTimeout(() => setRunning(null), 1000 * (running.duration_seconds ?? 0));
    return () => clearTimeout(timer);
  }, [running]);
  const start = () => {
    setBusy(true);
    simulate().then(s => { setRunning(s); onNote(t.simulatedOn(s.events_generated, s.files_processed)); }, (e: unknown) => onNote(t.simulateFailed(saying(e)))).finally(() => setBusy(false));
  };
  const stop = (id: string) => {
    setRunning(null);
    api(`/api/stream/simulate/${encodeURIComponent(id)}`, { method: 'DELETE' }).then(() => onNote(t.simulateStopped), (e: unknown) => onNote(saying(e)));
  };
  const look = { flex: { xs: 2, sm: 'none' } } as const;
  if (running) return <Button startIcon={<Icon name="stop" />} onClick={() => stop(running.simulation_id)} sx={look}>{t.simulateStop}</Button>;
  return <Button startIcon={<Icon name="beaker" />} loading={busy} loadingPosition="start" onClick={start} disabled={disabled} sx={look}>{t.simulate}</Button>;
}
