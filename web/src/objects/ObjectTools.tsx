import { type ChangeEvent, type RefObject } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import OutlinedInput from '@mui/material/OutlinedInput';
import Select from '@mui/material/Select';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import type { Store } from '../api/types';
import { leaf, visible } from '../lib/format';
import { text } from '../text';
import { Heat } from '../ui/Heat';
import { Icon } from '../ui/Icon';
import { KeyCap } from '../ui/text';
import { SORTS, TEMPERATURES, type Narrowed, type Query } from './query';

const t = text.objects, ALL = 'ALL';
const nameOf = (v: Exclude<Narrowed, ''>) => (v === 'NONE' ? text.temperature.none : <Heat value={v} />);
type Chosen = { target: { value: unknown } };
interface Props { query: Query; draft: string; stores: readonly Store[]; cards: boolean; box: RefObject<HTMLInputElement>; onDraft: (words: string) => void; onChange: (part: Record<string, string | null>) => void }

/** Search, store, temperature, order of the cards, and whether removed objects show. */
export function ObjectTools({ query, draft, stores, cards, box, onDraft, onChange }: Props) {
  const rising = query.order === 'asc', narrow = (v: unknown) => onChange({ temperature: v === ALL ? null : String(v) });
  return (
    <Box sx={{ display: 'flex', gap: 2, p: 2, borderBottom: '1px solid var(--cf-line)', flexWrap: 'wrap', alignItems: 'center' }}>
      <OutlinedInput inputRef={box} value={draft} onChange={(e: ChangeEvent<HTMLInputElement>) => onDraft(e.target.value)} placeholder={t.search} inputProps={{ 'aria-label': t.searchLabel, spellCheck: false, autoCapitalize: 'none' }} sx={{ flex: { xs: '1 0 100%', sm: '1 1 200px' } }} startAdornment={<InputAdornment position="start"><Icon name="search" sx={{ fontSize: 16 }} /></InputAdornment>} endAdornment={cards ? null : <KeyCap>/</KeyCap>} />
      {stores.length > 1 && <Select value={stores.some(s => s.id === query.store) ? query.store : ''} displayEmpty inputProps={{ 'aria-label': t.store }} onChange={(e: Chosen) => onChange({ store: String(e.target.value) })} sx={{ flex: { xs: '1 1 120px', sm: 'none' }, minWidth: 120, maxWidth: { sm: 220 } }}><MenuItem value="">{t.allStores}</MenuItem>{stores.map(s => <MenuItem key={s.id} value={s.id}>{visible(leaf(s.bucket) || s.url)}</MenuItem>)}</Select>}
      {cards ? (
        <Select value={query.temperature || ALL} inputProps={{ 'aria-label': text.temperature.name }} onChange={(e: Chosen) => narrow(e.target.value)} sx={{ flex: { xs: `1 1 ${stores.length > 1 ? '120px' : '100%'}`, sm: 'none' }, minWidth: 120 }}><MenuItem value={ALL}>{text.temperature.all}</MenuItem>{TEMPERATURES.map(v => <MenuItem key={v} value={v}>{nameOf(v)}</MenuItem>)}</Select>
      ) : (
        <ToggleButtonGroup exclusive size="small" value={query.temperature || ALL} aria-label={text.temperature.name} onChange={(_: unknown, v: string | null) => { if (v) narrow(v); }}><ToggleButton value={ALL}>{text.temperature.every}</ToggleButton>{TEMPERATURES.map(v => <ToggleButton key={v} value={v}>{nameOf(v)}</ToggleButton>)}</ToggleButtonGroup>
      )}
      {cards && <Box sx={{ display: 'flex', gap: 1 }}>
        <Select value={query.sort} inputProps={{ 'aria-label': t.sort }} onChange={(e: Chosen) => onChange({ sort: String(e.target.value) })}>{SORTS.map(s => <MenuItem key={s} value={s}>{t.sorts[s]}</MenuItem>)}</Select>
        <Button aria-label={rising ? t.ascending : t.descending} onClick={() => onChange({ order: rising ? 'desc' : 'asc' })}><Icon name={rising ? 'up' : 'down'} sx={{ fontSize: 16 }} /></Button>
      </Box>}
      <FormControlLabel control={<Switch checked={query.deleted} onChange={(_: unknown, on: boolean) => onChange({ deleted: on ? '1' : null })} />} label={t.showDeleted} sx={{ mr: 1, ml: 'auto', '& .MuiFormControlLabel-label': { fontSize: 13, color: 'var(--cf-ink2)' } }} />
    </Box>
  );
}
