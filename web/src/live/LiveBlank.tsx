import { useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { api } from '../api/http';
import type { Store } from '../api/types';
import { go } from '../lib/route';
import type { Before } from '../stream/client';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Icon } from '../ui/Icon';

const t = text.live;

export function LoadingRows({ phone }: { phone: boolean }) {
  return (
    <Box aria-busy="true" aria-label={t.loading} role="status" sx={{ p: '6px 16px', display: 'grid', gap: '14px' }}>
      {Array.from({ length: phone ? 7 : 12 }, (_, i) => (
        <Box key={i} sx={{ display: 'flex', gap: 4 }}><Skeleton width={64} height={18} /><Skeleton width={150} height={18} /><Skeleton sx={{ flex: 1, maxWidth: 220 + ((i * 53) % 190) }} height={18} /><Box sx={{ flex: 1 }} />{!phone && <Skeleton width={180} height={18} />}</Box>
      ))}
    </Box>
  );
}

/** The log is empty: is anything watched at all? */
export function NothingYet() {
  const [stores, setStores] = useState<number | null>(null);
  useEffect(() => { api<{ stores: Store[] }>('/api/stores').then(a => setStores(a.stores.length), () => setStores(null)); }, []);
  if (stores) return <Blank icon="stream" title={t.waiting} action={<Button onClick={() => go('stores')}>{t.toStores}</Button>}>{t.waitingNote(stores)}</Blank>;
  return <Blank icon="stream" title={t.nothing} action={<Button variant="contained" onClick={() => go('stores', { connect: '1' })}>{t.connect}</Button>}>{t.nothingNote}</Blank>;
}

/** The server could not read the filter of this address, so nothing was looked at. */
export const Refused = ({ onClear }: { onClear: () => void }) => <Blank icon="filter" title={t.badFilter} action={<Button onClick={onClear}>{t.clearFilter}</Button>}>{t.badFilterNote}</Blank>;
/** Below the last row: more of the log, or why there is none. */
export function Older({ before: { state, problem }, end, onOlder }: { before: Before; end: string; onOlder: () => void }) {
  if (state === 'full') return <>{t.full}</>;
  if (state === 'end') return <>{end}</>;
  return <Box sx={{ display: 'flex', gap: 2, alignItems: 'center', flexWrap: 'wrap', justifyContent: 'center' }}>{problem && <span role="alert">{problem}</span>}<Button loading={state === 'asking'} loadingPosition="start" startIcon={<Icon name="down" />} onClick={onOlder}>{t.older}</Button></Box>;
}

export const NoPass = ({ onClear }: { onClear: () => void }) => <Blank icon="filter" title={t.noPass} action={<Button onClick={onClear}>{t.clearFilter}</Button>}>{t.noPassNote}</Blank>;
