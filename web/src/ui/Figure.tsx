import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { styled } from '@mui/material/styles';

/** Label above, figure below, one line of context. Several share a panel, divided by hairlines. */
export function Figure({ label, value, unit, note, tone, aside }: { label: string; value: ReactNode; unit?: string; note?: ReactNode; tone?: string; aside?: ReactNode }) {
  return (
    <Cell>
      <Typography variant="caption" component="div" sx={{ color: 'var(--cf-ink3)', fontWeight: 450, m: 0, whiteSpace: 'nowrap' }}>{label}</Typography>
      <Box className="value" sx={{ mt: '2px', fontSize: 22, fontWeight: 600, letterSpacing: '-0.025em', lineHeight: '28px', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap', color: tone ?? 'var(--cf-ink)' }}>
        {value}{unit && <Box component="span" sx={{ ml: 1, lineHeight: 1, fontSize: 12, fontWeight: 450, letterSpacing: 0, color: 'var(--cf-ink3)' }}>{unit}</Box>}
      </Box>
      {note && <Typography variant="caption" component="p" sx={{ m: 0, color: 'var(--cf-ink3)', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>{note}</Typography>}
      {aside && <Box className="aside">{aside}</Box>}
    </Cell>
  );
}
/** What stands aside keeps to the figure's own line, so that the context below has the whole width. */
const Cell = styled('div')({
  minWidth: 0, padding: '12px 16px', position: 'relative', containerType: 'inline-size',
  '& .aside': { position: 'absolute', right: 16, top: 28 }, '@container (max-width: 190px)': { '& .aside': { display: 'none' } },
});
export const Figures = styled('div')({
  display: 'grid', gridAutoFlow: 'column', gridAutoColumns: 'minmax(0,1fr)', background: 'var(--cf-panel)', border: '1px solid var(--cf-line)', borderRadius: 10, boxShadow: 'var(--cf-shadow-lift)', overflow: 'hidden',
  '& > * + *': { borderLeft: '1px solid var(--cf-line)' },
  '@media (max-width: 959px)': { gridAutoFlow: 'row', gridTemplateColumns: '1fr 1fr', '& > *': { padding: '10px 12px' }, '& .value': { fontSize: 19 }, '& .aside': { display: 'none' }, '& > :nth-of-type(odd)': { borderLeft: 0 }, '& > :nth-of-type(n+3)': { borderTop: '1px solid var(--cf-line)' } },
});
