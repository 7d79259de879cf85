import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import { styled } from '@mui/material/styles';
import { Num } from '../ui/text';

export interface Share { key: string; label: ReactNode; note: string; value: number; text: string; href?: string; /** Of its bar. */ tone?: string }

/** One bar a line, as long as its share of the largest; the numbers beside it say the same. */
export function Shares({ items, label }: { items: readonly Share[]; label: string }) {
  const most = Math.max(1, ...items.map(i => i.value));
  return (
    <List aria-label={label}>{items.map(i => (
      <li key={i.key}>
        <Box component="span" className="name">{i.href ? <Box component="a" href={i.href}>{i.label}</Box> : i.label}</Box><Num className="value">{i.text}</Num>
        <i aria-hidden><b style={{ width: `${(100 * i.value) / most}%`, background: i.tone }} /></i><small>{i.note}</small>
      </li>
    ))}</List>
  );
}
const List = styled('ul')({
  listStyle: 'none', margin: 0, padding: '4px 16px 12px', display: 'grid', gap: 12, '& li': { display: 'grid', gridTemplateColumns: 'minmax(0,1fr) auto', gap: '2px 12px', alignItems: 'center' },
  '& .name': { fontWeight: 530, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }, '& a': { color: 'inherit', textDecoration: 'none', '&:hover': { textDecoration: 'underline' }, '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: 1, borderRadius: 2 } },
  '& .value': { textAlign: 'right', fontWeight: 550 }, '& li > i': { height: 6, borderRadius: 3, background: 'var(--cf-sunken)', overflow: 'hidden' }, '& li > i > b': { display: 'block', height: '100%', minWidth: 2, borderRadius: 3, background: 'var(--cf-fill-cloud)' },
  '& small': { fontSize: 12, color: 'var(--cf-ink3)', textAlign: 'right', whiteSpace: 'nowrap', minWidth: 96, fontVariantNumeric: 'tabular-nums' },
});
