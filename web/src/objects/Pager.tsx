import { Box, IconButton } from '@mui/material';
import { text } from '../text/en';
import { Icon } from '../ui/Icon';

interface Props { from: number; shown: number; total: number | null; onPrevious: (() => void) | null; onNext: (() => void) | null }
export function Pager({ from, shown, total, onPrevious, onNext }: Props) {
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', justifyContent: 'flex-end', gap: 2, minHeight: 44, px: 3, borderTop: '1px solid var(--cf-line)', fontSize: 12, fontVariantNumeric: 'tabular-nums' }}>
      <span role="status">{shown ? text.objects.range(from + 1, from + shown, total) : ''}</span>
      <IconButton aria-label={text.objects.previous} disabled={!onPrevious} onClick={onPrevious ?? undefined}><Icon name="left" /></IconButton>
      <IconButton aria-label={text.objects.next} disabled={!onNext} onClick={onNext ?? undefined}><Icon name="right" /></IconButton>
    </Box>
  );
}
