import { useEffect, useState, type FormEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import OutlinedInput from '@mui/material/OutlinedInput';
import { saying } from '../api/http';
import { text } from '../text';
import { Notice } from '../ui/Notice';
import { Mono } from '../ui/text';
import { SessionFrame, formLook, hintLook } from './Frame';
import { Password } from './Password';
import { isSpent, welcome, welcomeWorks } from './session';

const t = text.session;
interface Props { token: string; onSignIn: () => void }

/** The first sign-in: `/welcome#TOKEN`. Whether the link works is asked before anybody fills in anything. */
export function Welcome({ token, onSignIn }: Props) {
  const [spent, setSpent] = useState(false);
  useEffect(() => { if (token) void welcomeWorks(token).then(works => setSpent(!works)); }, [token]);
  if (!token) return <Useless title={t.welcomeNone} note={t.welcomeNoneNote} onSignIn={onSignIn} />;
  if (spent) return <Useless title={t.welcomeBad} note={t.welcomeBadNote} onSignIn={onSignIn} />;
  return <FirstAccount token={token} onSpent={() => setSpent(true)} onSignIn={onSignIn} />;
}

function Useless({ title, note, onSignIn }: { title: string; note: string; onSignIn: () => void }) {
  return (
    <SessionFrame title={title} note={note}>
      <Button variant="contained" fullWidth sx={{ height: 38 }} onClick={onSignIn}>{t.toSignIn}</Button>
      <Box sx={hintLook}>{t.noAccountYet} <Mono>{t.firstCommand}</Mono>.</Box>
    </SessionFrame>
  );
}

function FirstAccount({ token, onSpent, onSignIn }: Props & { onSpent: () => void }) {
  const [problem, setProblem] = useState<string | null>(null), [busy, setBusy] = useState(false);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget), name = String(form.get('username') ?? '').trim(), password = String(form.get('password') ?? '');
    if (!name || !password) return setProblem(t.empty);
    if (password !== form.get('repeat')) return setProblem(t.differ);
    setBusy(true);
    welcome(token, name, password).catch((error: unknown) => {
      setBusy(false);
      if (isSpent(error)) onSpent(); else setProblem(saying(error));
    });
  };
  return (
    <SessionFrame title={t.welcome} note={t.welcomeNote}>
      {problem && !busy && <Notice tone="bad" icon="failed">{problem}</Notice>}
      <Box component="form" onSubmit={submit} noValidate sx={formLook}>
        <label><span>{t.userName}</span><OutlinedInput name="username" autoComplete="username" autoFocus inputProps={{ autoCapitalize: 'none', spellCheck: false, 'aria-label': t.userName }} /></label>
        <Password name="password" label={t.newPassword} autoComplete="new-password" />
        <Password name="repeat" label={t.repeat} autoComplete="new-password" bad={problem === t.differ} />
        <Button type="submit" variant="contained" fullWidth loading={busy} sx={{ height: 38 }}>{t.welcomeButton}</Button>
      </Box>
      <Box sx={hintLook}><Button variant="text" sx={{ ml: -3 }} onClick={onSignIn}>{t.toSignIn}</Button></Box>
    </SessionFrame>
  );
}
