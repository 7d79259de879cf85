import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import { Icon, type IconName } from './Icon';

export function Notice({ tone, icon, children, action }: { tone: 'warn' | 'bad' | 'info' | 'ok'; icon: IconName; children: ReactNode; action?: ReactNode }) {
  return (
    <Box role="status" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px', px: 4, py: 2, minHeight: 44, borderRadius: '10px', color: 'var(--cf-ink)', border: `1px solid color-mix(in srgb, var(--cf-${tone}) 35%, var(--cf-line))`, bgcolor: `color-mix(in srgb, var(--cf-${tone}) 8%, var(--cf-panel))` }}>
      <Icon name={icon} sx={{ fontSize: 18, color: `var(--cf-${tone})` }} /><Box sx={{ flex: '1 1 200px', minWidth: 0, overflowWrap: 'anywhere', fontVariantNumeric: 'tabular-nums' }}>{children}</Box>{action && <Box sx={{ display: 'flex', gap: 2, ml: 'auto' }}>{action}</Box>}
    </Box>
  );
}
