import { useEffect, useState, type ChangeEvent, type FormEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import OutlinedInput from '@mui/material/OutlinedInput';
import Popover from '@mui/material/Popover';
import Skeleton from '@mui/material/Skeleton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { ApiError, api, saying } from '../api/http';
import type { FilterPreset, Filters } from '../api/types';
import { visible } from '../lib/format';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';

const t = text.saved, PATH = '/api/filters';
const plain = { all: 'unset', boxSizing: 'border-box', flex: 1, minWidth: 0, display: 'grid', gap: '1px', p: '6px 8px', borderRadius: '6px', cursor: 'pointer', '&:hover': { bgcolor: 'var(--cf-hover)' }, '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: -2 } } as const;
const cut = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const;
interface Props { at: HTMLElement; filter: string; onTake: (expression: string) => void; onClose: () => void }

/** As the server tells names apart: letters without regard to case, of ASCII only. */
const folded = (name: string): string => name.replace(/[A-Z]/g, c => c.toLowerCase());

/** What a person keeps, what is shared, and a line to keep the filter that is set. */
export function SavedList({ at, filter, onTake, onClose }: Props) {
  const [kept, setKept] = useState<Filters | null>(null), [problem, setProblem] = useState<string | null>(null), [name, setName] = useState(''), [busy, setBusy] = useState(false), same = kept?.filters.find(f => folded(f.name) === folded(name.trim()));
  const read = () => api<Filters>(PATH).then(f => { setKept(f); setProblem(null); });
  const run = (work: Promise<unknown>) => { setBusy(true); work.then(read).catch((e: unknown) => setProblem(saying(e))).finally(() => setBusy(false)); };
  useEffect(() => run(Promise.resolve()), []);
  const save = (e: FormEvent) => {
    e.preventDefault();
    const called = name.trim();
    if (called && filter) run(api(`${PATH}/${encodeURIComponent(called)}`, { method: 'PUT', body: { expression: filter } }).then(() => setName('')));
  };
  // What another tab took away is gone, as was wanted. With its line goes the button that had the focus: the list takes it, so that keys go on working.
  const remove = (f: FilterPreset) => {
    document.activeElement?.closest<HTMLElement>('[role=dialog]')?.focus();
    run(api(`${PATH}/${encodeURIComponent(f.name)}`, { method: 'DELETE' }).catch((e: unknown) => { if (!(e instanceof ApiError && e.status === 404)) throw e; }));
  };
  const take = (f: FilterPreset) => { onClose(); onTake(f.expression); };
  return (
    <Popover open anchorEl={at} onClose={onClose} anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      slotProps={{ paper: { role: 'dialog', 'aria-label': t.title, sx: { mt: 2, ml: { sm: '-8px' }, width: 400, maxWidth: 'calc(100vw - 24px)', border: '1px solid var(--cf-line)', boxShadow: 'var(--cf-shadow-pop)', borderRadius: '8px' } } }}>
      <Box sx={{ p: '12px 8px 8px', display: 'grid', gap: 2, maxHeight: 'min(420px, 60vh)', overflow: 'auto' }}>
        {problem && <Notice tone="bad" icon="failed" action={kept ? undefined : <Button onClick={() => run(Promise.resolve())}>{text.error.again}</Button>}>{problem}</Notice>}
        {!kept && !problem && <Box role="status" aria-label={t.loading} sx={{ display: 'grid', gap: 2, p: 2 }}>{[220, 160, 190].map(w => <Skeleton key={w} width={w} height={18} />)}</Box>}
        {kept && <List title={t.own} empty={t.none} items={kept.filters} current={filter} onTake={take} onRemove={remove} />}
        {kept && kept.presets.length > 0 && <List title={t.shared} items={kept.presets} current={filter} onTake={take} />}
      </Box>
      {kept && <Box component="form" onSubmit={save} sx={{ display: 'flex', gap: 2, p: '12px 16px', borderTop: '1px solid var(--cf-line)', alignItems: 'center' }}>
        {filter ? <><OutlinedInput value={name} onChange={(e: ChangeEvent<HTMLInputElement>) => { setName(e.target.value); setProblem(null); }} placeholder={t.name} inputProps={{ 'aria-label': t.name, maxLength: 64, spellCheck: false }} sx={{ flex: 1, minWidth: 0 }} /><Button type="submit" variant="contained" loading={busy} disabled={!name.trim()}>{same ? t.replace : t.save}</Button></> : <Box sx={{ color: 'var(--cf-ink3)', fontSize: 12 }}>{t.hint}</Box>}
      </Box>}
    </Popover>
  );
}

function List({ title, empty, items, current, onTake, onRemove }: { title: string; empty?: string; items: readonly FilterPreset[]; current: string; onTake: (f: FilterPreset) => void; onRemove?: (f: FilterPreset) => void }) {
  return (
    <Box component="section" aria-label={title}>
      <Typography variant="caption" component="h3" sx={{ color: 'var(--cf-ink3)', m: 0, px: 2, pb: 1 }}>{title}</Typography>
      {items.length === 0 && <Box sx={{ px: 2, pb: 1, color: 'var(--cf-ink2)' }}>{empty}</Box>}
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>{items.map(f => (
        <Box component="li" key={f.name} sx={{ display: 'flex', alignItems: 'center' }}>
          <Box component="button" type="button" onClick={() => onTake(f)} sx={plain}>
            <Box component="span" sx={{ ...cut, fontWeight: 530 }}>{visible(f.name)}</Box><Box component="span" title={visible(f.expression)} sx={{ ...cut, font: '12px "JetBrains Mono", monospace', letterSpacing: '-0.02em', color: 'var(--cf-ink3)' }}>{visible(f.expression)}</Box>
          </Box>
          {f.expression === current && <Icon name="check" sx={{ fontSize: 16, color: 'var(--cf-accent)', mx: 1 }} />}
          {onRemove && <Tooltip title={t.remove(visible(f.name))}><IconButton size="small" aria-label={t.remove(visible(f.name))} onClick={() => onRemove(f)}><Icon name="remove" /></IconButton></Tooltip>}
        </Box>
      ))}</Box>
    </Box>
  );
}
