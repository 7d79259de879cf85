import { useState, type FormEvent } from 'react';
import { Box, Button, OutlinedInput } from '@mui/material';
import { ApiError, saying } from '../api/http';
import { text } from '../text/en';
import { Notice } from '../ui/Notice';
import { Mono } from '../ui/text';
import { SessionFrame, formLook, hintLook } from './Frame';
import { Password } from './Password';
import { welcome } from './session';

/** The first sign-in: `/welcome#TOKEN`. */
export function Welcome({ token, onDone }: { token: string; onDone: () => void }) {
  const [problem, setProblem] = useState<string | null>(token ? null : text.session.welcomeNone), [spent, setSpent] = useState(false), [busy, setBusy] = useState(false), t = text.session;
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget), name = String(form.get('username') ?? '').trim(), password = String(form.get('password') ?? '');
    if (!name || !password) return setProblem(t.empty);
    if (password !== form.get('repeat')) return setProblem(t.differ);
    setBusy(true);
    welcome(token, name, password).then(onDone).catch((error: unknown) => {
      setBusy(false);
      const gone = error instanceof ApiError && [401, 404, 409, 410].includes(error.status);
      setSpent(gone);
      setProblem(gone ? null : saying(error));
    });
  };
  return (
    <SessionFrame title={t.welcome} note={t.welcomeNote}>
      {spent && <Notice tone="bad" icon="failed">{t.welcomeBad} <Mono>{t.firstCommand}</Mono>.</Notice>}
      {problem && <Notice tone="bad" icon="failed">{problem}</Notice>}
      <Box component="form" onSubmit={submit} noValidate sx={formLook}>
        <label><span>{t.userName}</span><OutlinedInput name="username" autoComplete="username" autoFocus inputProps={{ autoCapitalize: 'none', spellCheck: false, 'aria-label': t.userName }} /></label>
        <Password name="password" label={t.newPassword} autoComplete="new-password" />
        <Password name="repeat" label={t.repeat} autoComplete="new-password" bad={problem === t.differ} />
        <Button type="submit" variant="contained" fullWidth disabled={!token} loading={busy} sx={{ height: 38 }}>{t.welcomeButton}</Button>
      </Box>
      <Box sx={hintLook}><Button variant="text" sx={{ ml: -3 }} onClick={onDone}>{t.toSignIn}</Button></Box>
    </SessionFrame>
  );
}
