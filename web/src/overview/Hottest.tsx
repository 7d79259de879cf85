import Box from '@mui/material/Box';
import { styled } from '@mui/material/styles';
import type { StoredObject } from '../api/types';
import { ago, count, folder, leaf, moment, parseTime, visible } from '../lib/format';
import { useNow } from '../lib/hooks';
import { address } from '../lib/route';
import { text } from '../text';
import { providerName } from '../ui/Heat';
import { Num } from '../ui/text';

const t = text.overview;

/** The objects that were read most in 30 days. */
export function Hottest({ objects }: { objects: readonly StoredObject[] }) {
  const now = useNow();
  return (
    <List aria-label={t.hottest}>{objects.map(o => {
      const read = parseTime(o.last_access), place = [providerName(o.provider), visible(folder(o.file_name)) || visible(leaf(o.bucket))].join(' · ');
      return (
        <li key={o.id}>
          <span className="what"><Box component="a" href={address('objects', { object: o.id })} title={visible(o.file_name)}>{visible(leaf(o.file_name))}</Box><small>{place}</small></span>
          <span className="end"><Num style={{ fontWeight: 550 }}>{count(o.reads?.days_30)}</Num><small>{t.reads}</small></span><span className="end"><Num title={moment(read)}>{ago(read, now)}</Num><small>{t.lastRead}</small></span>
        </li>
      );
    })}</List>
  );
}
const List = styled('ol')({
  listStyle: 'none', margin: 0, padding: '0 0 4px', '& li': { display: 'grid', gridTemplateColumns: 'minmax(0,1fr) minmax(56px,auto) minmax(72px,auto)', gap: 16, alignItems: 'center', minHeight: 48, padding: '0 16px', borderTop: '1px solid var(--cf-line)', fontVariantNumeric: 'tabular-nums' },
  '& .what': { minWidth: 0 }, '& .end': { textAlign: 'right' }, '& small': { display: 'block', fontSize: 12, color: 'var(--cf-ink3)', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', lineHeight: 1.35 },
  '& a': { display: 'block', fontWeight: 530, color: 'inherit', textDecoration: 'none', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', lineHeight: 1.35, '&:hover': { textDecoration: 'underline' }, '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: 1, borderRadius: 2 } },
});
