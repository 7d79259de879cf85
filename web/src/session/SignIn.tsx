import { useState, type FormEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import OutlinedInput from '@mui/material/OutlinedInput';
import { ApiError, saying } from '../api/http';
import { useSettled } from '../lib/hooks';
import { text } from '../text';
import { Notice } from '../ui/Notice';
import { Mono } from '../ui/text';
import { SessionFrame, formLook, hintLook } from './Frame';
import { Password } from './Password';
import { signIn } from './session';

export function SignIn() {
  const [problem, setProblem] = useState<string | null>(null), [busy, setBusy] = useState(false), slow = useSettled(busy, 1000), t = text.session;
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget), name = String(form.get('username') ?? '').trim(), password = String(form.get('password') ?? '');
    if (!name || !password) return setProblem(t.empty);
    setBusy(true);
    signIn(name, password).catch((error: unknown) => {
      setBusy(false);
      setProblem(error instanceof ApiError && error.status === 401 ? t.wrong : saying(error));
    });
  };
  return (
    <SessionFrame title={t.signIn} note={t.toServer(location.host)}>
      {problem && !busy && <Notice tone="bad" icon="failed">{problem}</Notice>}
      {busy && (slow || problem === t.wrong) && <Notice tone="info" icon="clock">{t.checking}</Notice>}
      <Box component="form" onSubmit={submit} noValidate sx={formLook}>
        <label><span>{t.userName}</span><OutlinedInput name="username" autoComplete="username" autoFocus inputProps={{ autoCapitalize: 'none', spellCheck: false, 'aria-label': t.userName }} /></label>
        <Password name="password" label={t.password} autoComplete="current-password" bad={problem === t.wrong && !busy} />
        <Button type="submit" variant="contained" fullWidth loading={busy} sx={{ height: 38 }}>{t.signIn}</Button>
      </Box>
      <Box sx={hintLook}>{t.first} <Mono>{t.firstCommand}</Mono>.</Box>
    </SessionFrame>
  );
}
