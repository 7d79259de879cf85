import { forwardRef, useState, type ChangeEvent, type FormEvent, type Ref } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import OutlinedInput from '@mui/material/OutlinedInput';
import { saying } from '../api/http';
import { text } from '../text';
import { Notice } from '../ui/Notice';
import { Panel } from '../ui/Panel';
import { Quiet } from '../ui/text';
import { connect } from './data';

const t = text.stores;

export const ConnectStore = forwardRef(function ConnectStore({ onDone }: { onDone: (url: string) => void }, input: Ref<HTMLInputElement>) {
  const [url, setUrl] = useState(''), [busy, setBusy] = useState(false), [problem, setProblem] = useState<string | null>(null);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!url.trim()) return setProblem(t.needAddress);
    setBusy(true);
    connect(url.trim()).then(() => { setUrl(''); setProblem(null); onDone(url.trim()); }, (error: unknown) => setProblem(saying(error))).finally(() => setBusy(false));
  };
  return (
    <Panel title={t.connect}>
      <Box component="form" onSubmit={submit} noValidate sx={{ display: 'grid', gap: 3, p: '0 16px 16px', gridTemplateColumns: 'minmax(0,1fr) auto', alignItems: 'end', '& > .wide': { gridColumn: '1 / -1' } }}>
        <Box component="label" sx={{ display: 'grid', gap: 1 }}><span>{t.address}</span><OutlinedInput fullWidth inputRef={input} value={url} error={!!problem} placeholder={t.placeholder} onChange={(e: ChangeEvent<HTMLInputElement>) => { setUrl(e.target.value); setProblem(null); }} inputProps={{ spellCheck: false, autoCapitalize: 'none', 'aria-label': t.address, style: { fontFamily: '"JetBrains Mono"', fontSize: 12 } }} /></Box>
        <Button type="submit" variant="contained" loading={busy}>{t.connectButton}</Button>
        {problem && <Box className="wide"><Notice tone="bad" icon="failed">{problem}</Notice></Box>}
        <Quiet className="wide" style={{ fontSize: 12 }}>{t.connectHelp}</Quiet>
      </Box>
    </Panel>
  );
});
