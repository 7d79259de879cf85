import { Button } from '@mui/material';
import { text } from '../text/en';
import { Notice } from '../ui/Notice';
import { signInAgain, useSession } from './session';

const t = text.session;

/** Signed out while at work: what is on the page stays, and this asks to sign in again. */
export function SignedOut() {
  const { status } = useSession();
  if (status !== 'expired') return null;
  return <Notice tone="bad" icon="key" action={<Button variant="contained" onClick={signInAgain}>{t.signIn}</Button>}><b>{t.expired}</b> {t.expiredWhy}</Notice>;
}
