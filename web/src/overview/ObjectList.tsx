import Box from '@mui/material/Box';
import { styled } from '@mui/material/styles';
import type { StoredObject } from '../api/types';
import { ago, bytes, chance, folder, leaf, moment, parseTime, visible } from '../lib/format';
import { useNow } from '../lib/hooks';
import { address } from '../lib/route';
import { text } from '../text';
import { Heat, providerName } from '../ui/Heat';
import { Num } from '../ui/text';

const t = text.overview;

/** Some objects and why they are in this list: how often they were read, or (of the coldest) how large they are. */
export function ObjectList({ objects, label, cold = false }: { objects: readonly StoredObject[]; label: string; cold?: boolean }) {
  const now = useNow();
  return (
    <List aria-label={label}>{objects.map(o => {
      const read = parseTime(o.last_access), place = [providerName(o.provider), visible(folder(o.file_name)) || visible(leaf(o.bucket))].join(' · ');
      return (
        <li key={o.id}>
          <span className="what"><Box component="a" href={address('objects', { object: o.id })} title={visible(o.file_name)}>{visible(leaf(o.file_name))}</Box><small>{place}</small></span>
          <span className="end"><Num style={{ fontWeight: 550 }}>{cold ? bytes(o.size_bytes) : t.readCount(o.reads?.days_30 ?? 0)}</Num><small title={moment(read)}>{read === null ? t.noRead : t.lastRead(ago(read, now))}</small></span>
          <span className="end"><Heat value={o.data_temperature} />{o.chance_30_days !== null && <small title={text.temperature.chanceNote}>{text.temperature.within(chance(o.chance_30_days))}</small>}</span>
        </li>
      );
    })}</List>
  );
}
const List = styled('ol')({
  listStyle: 'none', margin: 0, padding: '0 0 4px', '& li': { display: 'grid', gridTemplateColumns: 'minmax(0,1fr) minmax(72px,auto) 80px', gap: 16, alignItems: 'center', minHeight: 48, padding: '0 16px', borderTop: '1px solid var(--cf-line)', fontVariantNumeric: 'tabular-nums' },
  '& .what': { minWidth: 0 }, '& .end': { textAlign: 'right' }, '& small': { display: 'block', fontSize: 12, color: 'var(--cf-ink3)', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', lineHeight: 1.35 },
  '& a': { display: 'block', fontWeight: 530, color: 'inherit', textDecoration: 'none', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', lineHeight: 1.35, '&:hover': { textDecoration: 'underline' }, '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: 1, borderRadius: 2 } },
});
