import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import type { BoxProps } from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { styled } from '@mui/material/styles';

/** A bordered surface with an optional header. Panels never nest. */
export function Panel({ title, note, action, children, sx, ...rest }: { title?: ReactNode; note?: ReactNode; action?: ReactNode } & Omit<BoxProps, 'title' | 'action'>) {
  return (
    <Box component="section" sx={{ bgcolor: 'var(--cf-panel)', border: '1px solid var(--cf-line)', borderRadius: '10px', boxShadow: 'var(--cf-shadow-lift)', minWidth: 0, ...(sx as object) }} {...rest}>
      {title && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, minHeight: 44, pl: 4, pr: 2 }}>
          <Typography variant="h2">{title}</Typography>
          {note && <Typography variant="caption" sx={{ color: 'var(--cf-ink3)', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>{note}</Typography>}
          <Box sx={{ flex: 1 }} />{action}
        </Box>
      )}
      {children}
    </Box>
  );
}

export function PageHead({ title, note, children }: { title: string; note?: ReactNode; children?: ReactNode }) {
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, flexWrap: 'wrap', minHeight: 32 }}>
      <Box sx={{ mr: 'auto', minWidth: 0 }}><Typography variant="h1" sx={{ fontSize: 18 }}>{title}</Typography>{note && <Typography variant="body2" sx={{ color: 'var(--cf-ink3)' }}>{note}</Typography>}</Box>
      {children}
    </Box>
  );
}

export const Page = styled('div')({ display: 'grid', gap: 16, padding: '20px 24px 32px', maxWidth: 1680, margin: '0 auto', width: '100%', '@media (max-width: 599px)': { padding: '16px 12px 24px', gap: 12 } });
