import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { text } from '../text';
import { Mark } from '../ui/Icon';

/** The mark grown large: streams at several temperatures run together into one calm line. */
function Confluence() {
  const tones = ['hot', 'warm', 'warm', 'cold', 'cold', 'archive'];
  return (
    <svg aria-hidden viewBox="0 0 1440 900" preserveAspectRatio="xMidYMid slice" style={{ position: 'absolute', inset: 0, width: '100%', height: '100%' }} fill="none">
      {Array.from({ length: 15 }, (_, i) => {
        const y = -60 + i * 73, m = 450 + (i - 7) * 5;
        return <path key={i} d={`M-20 ${y} C 430 ${y} 380 ${m} 900 ${m} S 1460 ${m} 1460 ${m}`} stroke={`var(--cf-${tones[Math.floor(i / 2.6)] ?? 'archive'}Fill)`} strokeWidth={1.25} opacity={0.34 - Math.abs(i - 7) * 0.022} />;
      })}
    </svg>
  );
}

/** The card in the middle of the sign-in pages. */
export function SessionFrame({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  return (
    <Box component="main" sx={{ position: 'relative', minHeight: '100vh', display: 'grid', placeItems: 'center', p: 4, overflow: 'hidden' }}>
      <Confluence />
      <Box sx={{ position: 'relative', width: '100%', maxWidth: 376, display: 'grid', gap: 5, p: 7, bgcolor: 'var(--cf-panel)', border: '1px solid var(--cf-line)', borderRadius: '14px', boxShadow: 'var(--cf-shadow-pop)' }}>
        <Box>
          <Box sx={{ display: 'flex', alignItems: 'center', gap: '10px', mb: 5 }}><Mark size={26} /><Box component="span" sx={{ fontSize: 17, fontWeight: 640, letterSpacing: '-0.024em' }}>{text.name}</Box></Box>
          <Typography variant="h1" sx={{ fontSize: 20, letterSpacing: '-0.02em' }}>{title}</Typography>
          <Typography variant="body2" sx={{ color: 'var(--cf-ink3)' }}>{note}</Typography>
        </Box>
        {children}
      </Box>
    </Box>
  );
}

export const formLook = { display: 'grid', gap: 4, '& label': { display: 'grid', gap: '6px', fontWeight: 500 }, '& .MuiOutlinedInput-root': { minHeight: 38 } } as const;
export const hintLook = { color: 'var(--cf-ink3)', fontSize: 12, lineHeight: 1.5, borderTop: '1px solid var(--cf-line)', pt: 4 } as const;
