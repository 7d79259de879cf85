import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TableSortLabel from '@mui/material/TableSortLabel';
import type { StoredObject } from '../api/types';
import { ago, bytes, chance, count, folder, leaf, moment, parseTime, visible } from '../lib/format';
import { useNow } from '../lib/hooks';
import { text } from '../text';
import { Tag } from '../ui/Badge';
import { Heat, providerName } from '../ui/Heat';
import { Num, Quiet } from '../ui/text';
import type { Query, Sort } from './query';

const c = text.objects.columns;
interface Props { objects: readonly StoredObject[]; /** What the objects are the answer to. */ query: Query; chosen: string | null; onSort: (sort: Sort) => void; onOpen: (id: string) => void }

export function ObjectTable({ objects, query, chosen, onSort, onOpen }: Props) {
  const now = useNow();
  const head = (sort: Sort, label: string, align: 'left' | 'right' = 'right') => (
    <TableCell align={align} sortDirection={query.sort === sort ? query.order : false}><TableSortLabel active={query.sort === sort} direction={query.sort === sort ? query.order : 'desc'} onClick={() => onSort(sort)}>{label}</TableSortLabel></TableCell>
  );
  const when = (t: string | null) => { const ms = parseTime(t); return <Num title={moment(ms)}>{ago(ms, now)}</Num>; };
  return (
    <TableContainer tabIndex={0} role="group" aria-label={text.objects.table}><Table size="small" aria-label={text.objects.table}>
      <TableHead><TableRow>{head('name', c.name, 'left')}<TableCell>{c.store}</TableCell><TableCell>{c.tier}</TableCell><TableCell>{c.temperature}</TableCell><TableCell align="right" title={text.temperature.chanceNote}>{c.chance}</TableCell>{head('accesses', c.accesses)}{head('last_access', c.last_access)}{head('last_change', c.last_change)}{head('size', c.size)}</TableRow></TableHead>
      <TableBody>{objects.map(o => (
        <TableRow key={o.id} hover selected={o.id === chosen} onClick={() => onOpen(o.id)} sx={{ cursor: 'pointer' }}>
          <TableCell component="th" scope="row" sx={{ width: '100%', minWidth: 220, maxWidth: 0 }}><Name object={o} onOpen={onOpen} /></TableCell>
          <TableCell sx={{ maxWidth: 260, whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' }} title={visible(o.bucket)}><Quiet>{providerName(o.provider)}</Quiet> {visible(o.bucket.startsWith('/') ? leaf(o.bucket) : o.bucket)}</TableCell>
          <TableCell sx={{ whiteSpace: 'nowrap' }}>{visible(o.tier ?? o.storage_class ?? '') || <Quiet>–</Quiet>}</TableCell>
          <TableCell title={sure(o)}><Heat value={o.data_temperature} /></TableCell><TableCell align="right" title={sure(o)}><Num>{chance(o.chance_30_days)}</Num></TableCell>
          <TableCell align="right"><Num>{count(o.accesses?.d30)}</Num></TableCell><TableCell align="right">{when(o.last_access)}</TableCell><TableCell align="right">{when(o.last_change)}</TableCell><TableCell align="right"><Num>{bytes(o.size_bytes)}</Num></TableCell>
        </TableRow>
      ))}</TableBody>
    </Table></TableContainer>
  );
}

/** How much is behind a temperature, and since when; nothing where there is none. */
const sure = (o: StoredObject): string | undefined => (o.data_temperature ? text.temperature.judged(chance(o.confidence), moment(parseTime(o.judged_at))) : undefined);

const plain = { all: 'unset', cursor: 'pointer', fontWeight: 530, whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: 1, borderRadius: '2px' } } as const;
function Name({ object: o, onOpen }: { object: StoredObject; onOpen: (id: string) => void }) {
  return (
    <Box sx={{ display: 'flex', gap: 2, alignItems: 'baseline', minWidth: 0 }} title={visible(o.file_name)}>
      <Box component="button" type="button" aria-label={text.objects.open(visible(o.file_name))} onClick={(e: React.MouseEvent) => { e.stopPropagation(); onOpen(o.id); }} sx={plain}>{visible(leaf(o.file_name))}</Box>
      {o.deleted && <Tag tone="var(--cf-bad)">{text.objects.deleted}</Tag>}
      <Box component="small" sx={{ flex: '1 100 0', minWidth: 0, fontSize: 12, color: 'var(--cf-ink3)', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', fontWeight: 400 }}>{visible(folder(o.file_name))}</Box>
    </Box>
  );
}

/** On a phone: a card an object. */
export function ObjectCards({ objects, onOpen }: { objects: readonly StoredObject[]; onOpen: (id: string) => void }) {
  const now = useNow();
  return (
    <Box component="ul" aria-label={text.objects.table} sx={{ m: 0, p: 0, listStyle: 'none' }}>{objects.map(o => (
      <Box component="li" key={o.id} sx={{ borderBottom: '1px solid var(--cf-line)' }}>
        <Box component="button" type="button" onClick={() => onOpen(o.id)} sx={{ all: 'unset', boxSizing: 'border-box', width: '100%', display: 'grid', gridTemplateColumns: 'minmax(0,1fr) 80px 60px', gap: '1px 10px', alignItems: 'center', minHeight: 56, px: '14px', cursor: 'pointer', '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: -2 }, '& > span': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } }}>
          <Box component="span" sx={{ fontWeight: 550, alignSelf: 'end' }}>{visible(leaf(o.file_name))}</Box><Box component="span" sx={{ alignSelf: 'end' }}><Heat value={o.data_temperature} /></Box><Num style={{ alignSelf: 'end', textAlign: 'right' }}>{bytes(o.size_bytes)}</Num>
          <Box component="span" sx={{ fontSize: 12, color: 'var(--cf-ink3)', alignSelf: 'start' }}>{[providerName(o.provider), visible(folder(o.file_name)), o.deleted ? text.objects.deleted : ''].filter(Boolean).join(' · ')}</Box><Num style={{ fontSize: 12, color: 'var(--cf-ink3)', alignSelf: 'start' }}>{o.chance_30_days !== null && text.temperature.within(chance(o.chance_30_days))}</Num><Num style={{ fontSize: 12, color: 'var(--cf-ink3)', alignSelf: 'start', textAlign: 'right' }}>{ago(parseTime(o.last_change), now)}</Num>
        </Box>
      </Box>
    ))}</Box>
  );
}
