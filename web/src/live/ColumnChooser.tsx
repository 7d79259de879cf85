import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Popover from '@mui/material/Popover';
import Typography from '@mui/material/Typography';
import { text } from '../text';
import { ALWAYS, COLUMNS, ON_CARDS, choose, useColumns } from './columns';

const t = text.columns;

/** Which columns the feed has, or which lines its cards; kept in this browser. */
export function ColumnChooser({ at, phone, onClose }: { at: HTMLElement; phone: boolean; onClose: () => void }) {
  const chosen = useColumns(), offered = phone ? ON_CARDS : COLUMNS;
  return (
    <Popover open anchorEl={at} onClose={onClose} anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }} transformOrigin={{ vertical: 'top', horizontal: 'right' }}
      slotProps={{ paper: { role: 'dialog', 'aria-label': t.title, sx: { mt: 1, p: '12px 16px', width: 300, border: '1px solid var(--cf-line)', boxShadow: 'var(--cf-shadow-pop)', borderRadius: '8px' } } }}>
      <Box sx={{ display: 'flex', alignItems: 'center', mb: 1 }}><Typography variant="h2" component="p" sx={{ flex: 1 }}>{t.title}</Typography><Button size="small" variant="text" sx={{ height: 24, mr: '-8px' }} onClick={() => choose(null)}>{t.reset}</Button></Box>
      <Box role="group" aria-label={t.title} sx={{ display: 'grid', gridTemplateColumns: '1fr 1fr' }}>{offered.map((c, i) => (
        <FormControlLabel key={c} sx={{ mx: 0, minHeight: 30, '& .MuiFormControlLabel-label': { fontSize: 13 } }} label={t.names[c]} disabled={ALWAYS.includes(c)}
          control={<Checkbox autoFocus={i === 0} checked={chosen.includes(c)} onChange={(_: unknown, on: boolean) => choose(on ? [...chosen, c] : chosen.filter(x => x !== c))} />} />
      ))}</Box>
      <Box sx={{ mt: 1, fontSize: 12, color: 'var(--cf-ink3)' }}>{phone ? t.phoneNote : t.note}</Box>
    </Popover>
  );
}
