import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { text } from '../text';
import { Icon, type IconName } from '../ui/Icon';

const t = text.objects;
interface Props { /** Null while the page is on its way. */ from: number | null; shown: number; total: number | null; changed: number; onShow: () => void; /** Whether the page before is known, or only the first. */ knowsPrevious: boolean; onPrevious: (() => void) | null; onNext: (() => void) | null }

/** Stays at the foot of the window: turning the page needs no scrolling, and news of changes moves nothing. */
export function Pager({ from, shown, total, changed, onShow, knowsPrevious, onPrevious, onNext }: Props) {
  return (
    <Box sx={{ position: 'sticky', bottom: 0, zIndex: 1, display: 'flex', alignItems: 'center', justifyContent: 'flex-end', gap: 2, minHeight: 44, px: 3, borderTop: '1px solid var(--cf-line)', borderRadius: '0 0 10px 10px', bgcolor: 'var(--cf-panel)', fontSize: 12, fontVariantNumeric: 'tabular-nums' }}>
      <Box role="status" sx={{ mr: 'auto' }}>{changed > 0 && <Button startIcon={<Icon name="refresh" />} onClick={onShow}>{t.changed(changed)}</Button>}</Box>
      <span role="status">{from !== null ? t.range(from + 1, from + shown, total) : ''}</span>
      <Turn label={knowsPrevious ? t.previous : t.first} icon="left" onClick={onPrevious} /><Turn label={t.next} icon="right" onClick={onNext} />
    </Box>
  );
}

function Turn({ label, icon, onClick }: { label: string; icon: IconName; onClick: (() => void) | null }) {
  const button = <IconButton aria-label={label} disabled={!onClick} onClick={onClick ?? undefined}><Icon name={icon} /></IconButton>;
  return onClick ? <Tooltip title={label}>{button}</Tooltip> : button;
}
