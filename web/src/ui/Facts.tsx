import { styled } from '@mui/material/styles';

/** Names and values, with room for small actions at the end of a line. */
export const Facts = styled('dl')({
  margin: 0, display: 'grid', gridTemplateColumns: 'minmax(108px, max-content) minmax(0,1fr) auto', alignItems: 'center',
  '& > div': {
    display: 'grid', gridTemplateColumns: 'subgrid', gridColumn: '1 / -1', alignItems: 'center', minHeight: 32,
    borderBottom: '1px solid color-mix(in srgb, var(--cf-line) 60%, transparent)',
  },
  '& dt': { color: 'var(--cf-ink3)', paddingRight: 12 },
  '& dd': { margin: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' },
  '& dd.long': { whiteSpace: 'normal', overflowWrap: 'anywhere', padding: '6px 0', lineHeight: 1.4 },
});
