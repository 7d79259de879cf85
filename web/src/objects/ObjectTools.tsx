import { type ChangeEvent, type RefObject } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import OutlinedInput from '@mui/material/OutlinedInput';
import Select from '@mui/material/Select';
import Switch from '@mui/material/Switch';
import type { Store } from '../api/types';
import { leaf, visible } from '../lib/format';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { KeyCap } from '../ui/text';
import { SORTS, type Query } from './query';

const t = text.objects;
type Chosen = { target: { value: unknown } };
interface Props { query: Query; draft: string; stores: readonly Store[]; cards: boolean; box: RefObject<HTMLInputElement>; onDraft: (words: string) => void; onChange: (part: Record<string, string | null>) => void }

/** Search, store, order of the cards, and whether removed objects show. */
export function ObjectTools({ query, draft, stores, cards, box, onDraft, onChange }: Props) {
  const rising = query.order === 'asc';
  return (
    <Box sx={{ display: 'flex', gap: 2, p: 2, borderBottom: '1px solid var(--cf-line)', flexWrap: 'wrap', alignItems: 'center' }}>
      <OutlinedInput inputRef={box} value={draft} onChange={(e: ChangeEvent<HTMLInputElement>) => onDraft(e.target.value)} placeholder={t.search} inputProps={{ 'aria-label': t.searchLabel, spellCheck: false, autoCapitalize: 'none' }} sx={{ flex: { xs: '1 0 100%', sm: '1 1 200px' } }} startAdornment={<InputAdornment position="start"><Icon name="search" sx={{ fontSize: 16 }} /></InputAdornment>} endAdornment={cards ? null : <KeyCap>/</KeyCap>} />
      {stores.length > 1 && <Select value={stores.some(s => s.id === query.store) ? query.store : ''} displayEmpty inputProps={{ 'aria-label': t.store }} onChange={(e: Chosen) => onChange({ store: String(e.target.value) })} sx={{ flex: { xs: '1 1 120px', sm: 'none' }, minWidth: 120, maxWidth: { sm: 220 } }}><MenuItem value="">{t.allStores}</MenuItem>{stores.map(s => <MenuItem key={s.id} value={s.id}>{visible(leaf(s.bucket) || s.url)}</MenuItem>)}</Select>}
      {cards && <Box sx={{ display: 'flex', gap: 1 }}>
        <Select value={query.sort} inputProps={{ 'aria-label': t.sort }} onChange={(e: Chosen) => onChange({ sort: String(e.target.value) })}>{SORTS.map(s => <MenuItem key={s} value={s}>{t.sorts[s]}</MenuItem>)}</Select>
        <Button aria-label={rising ? t.ascending : t.descending} onClick={() => onChange({ order: rising ? 'desc' : 'asc' })}><Icon name={rising ? 'up' : 'down'} sx={{ fontSize: 16 }} /></Button>
      </Box>}
      <FormControlLabel control={<Switch checked={query.deleted} onChange={(_: unknown, on: boolean) => onChange({ deleted: on ? '1' : null })} />} label={t.showDeleted} sx={{ mr: 1, ml: 'auto', '& .MuiFormControlLabel-label': { fontSize: 13, color: 'var(--cf-ink2)' } }} />
    </Box>
  );
}
