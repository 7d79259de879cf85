import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { text } from '../text';

interface Props { title: string; note: string; button: string; onNo: () => void; onYes: () => void }
/** What cannot be taken back is said before it is done; the button says what will happen. */
export function AskFirst({ title, note, button, onNo, onYes }: Props) {
  return (
    <Dialog open onClose={onNo} maxWidth="xs" fullWidth aria-labelledby="ask-title">
      <DialogTitle id="ask-title" sx={{ overflowWrap: 'anywhere' }}>{title}</DialogTitle><DialogContent>{note}</DialogContent>
      <DialogActions><Button variant="text" onClick={onNo} autoFocus>{text.stores.keep}</Button><Button color="error" onClick={onYes}>{button}</Button></DialogActions>
    </Dialog>
  );
}
