import { useState, type ChangeEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import OutlinedInput from '@mui/material/OutlinedInput';
import Popover from '@mui/material/Popover';
import Typography from '@mui/material/Typography';
import { stamp } from '../lib/format';
import type { Range } from '../stream/core/span';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { useBeginning } from './past';
import { lookAt, replayOf } from './view';

const t = text.back, MINUTE = 60_000;
/** A moment as the browser's own field for times wants it: local, to the second. */
const local = (ms: number): string => new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE).toISOString().slice(0, 19);

/** Any stretch of time: to look at, or to play again. */
export function LookBack({ at, now, range, onClose }: { at: HTMLElement; now: number; range: Range | null; onClose: () => void }) {
  const [from, setFrom] = useState(local(range?.[0] ?? now - 60 * MINUTE)), [to, setTo] = useState(local(range?.[1] ?? now)), begins = useBeginning(true);
  const chosen: Range = [new Date(from).getTime(), new Date(to).getTime()], problem = !chosen.every(Number.isFinite) ? t.incomplete : chosen[0] >= chosen[1] ? t.backwards : chosen[0] > now ? t.future : null;
  const field = (label: string, value: string, set: (v: string) => void) => (
    <Box component="label" sx={{ display: 'grid', gap: 1, minWidth: 0 }}><span>{label}</span><OutlinedInput type="datetime-local" value={value} error={problem !== null} onChange={(e: ChangeEvent<HTMLInputElement>) => set(e.target.value)} inputProps={{ step: 1, 'aria-label': label, 'aria-describedby': 'look-back-note' }} sx={{ fontVariantNumeric: 'tabular-nums', '& input': { letterSpacing: '-0.01em', px: '8px', minWidth: 0 } }} /></Box>
  );
  const go = (way: (r: Range) => void) => { if (!problem) { onClose(); way(chosen); } };
  return (
    <Popover open anchorEl={at} onClose={onClose} anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }} transformOrigin={{ vertical: 'top', horizontal: 'right' }}
      slotProps={{ paper: { role: 'dialog', 'aria-label': t.title, sx: { mt: 1, p: 4, width: 540, maxWidth: 'calc(100vw - 24px)', border: '1px solid var(--cf-line)', boxShadow: 'var(--cf-shadow-pop)', borderRadius: '8px', display: 'grid', gap: 3 } } }}>
      <Typography variant="h2" component="p">{t.title}</Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }} role="group" aria-label={t.presets}>{t.lengths.map(([minutes, words]) => <Button key={minutes} size="small" sx={{ height: 28 }} onClick={() => { setFrom(local(now - minutes * MINUTE)); setTo(local(now)); }}>{words}</Button>)}</Box>
      <Box sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0,1fr)', sm: '1fr 1fr' }, gap: 3 }}>{field(t.from, from, setFrom)}{field(t.to, to, setTo)}</Box>
      <Box id="look-back-note" role="status" sx={{ fontSize: 12, color: problem ? 'var(--cf-bad)' : 'var(--cf-ink3)', minHeight: 18 }}>{problem ?? (begins === null || begins === undefined ? '' : t.begins(stamp(begins)))}</Box>
      <Box sx={{ display: 'flex', gap: 2, flexWrap: 'wrap' }}><Button variant="contained" disabled={problem !== null} onClick={() => go(lookAt)}>{t.show}</Button><Button startIcon={<Icon name="play" />} disabled={problem !== null} onClick={() => go(r => replayOf(r))}>{t.replay}</Button></Box>
    </Popover>
  );
}
