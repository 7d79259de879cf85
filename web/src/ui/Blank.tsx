import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { Icon, type IconName } from './Icon';

export function Blank({ icon, title, children, action }: { icon: IconName; title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <Box sx={{ display: 'grid', justifyItems: 'center', alignContent: 'center', textAlign: 'center', gap: 2, px: 6, py: 12, minHeight: 320 }}>
      <Box sx={{ display: 'grid', placeItems: 'center', width: 44, height: 44, borderRadius: '10px', border: '1px solid var(--cf-line)', bgcolor: 'var(--cf-sunken)', color: 'var(--cf-ink2)', mb: 1 }}><Icon name={icon} sx={{ fontSize: 20 }} /></Box>
      <Typography variant="h1" component="h2">{title}</Typography>
      <Typography variant="body2" sx={{ color: 'var(--cf-ink2)', maxWidth: 440 }}>{children}</Typography>
      {action && <Box sx={{ display: 'flex', gap: 2, mt: 3, flexWrap: 'wrap', justifyContent: 'center' }}>{action}</Box>}
    </Box>
  );
}
