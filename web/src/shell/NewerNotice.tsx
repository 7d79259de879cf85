import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { reloadLater, useNewer } from '../lib/newer';
import { text } from '../text';
import { Notice } from '../ui/Notice';

const t = text.newer;

/** That this page is older than the server. Whoever is at work chooses when to reload. */
export function NewerNotice() {
  const { version, part, later } = useNewer();
  if (later || (!version && !part)) return null;
  return (
    <Box sx={{ p: { xs: '12px 12px 0', sm: '16px 24px 0' }, maxWidth: 1680, mx: 'auto', width: '100%' }}>
      <Notice tone="info" icon="refresh" action={<><Button variant="text" onClick={reloadLater}>{t.later}</Button><Button onClick={() => location.reload()}>{text.error.reload}</Button></>}><b>{version ? t.version(version) : `${t.part}.`}</b> {version ? t.note : t.partNote}</Notice>
    </Box>
  );
}
