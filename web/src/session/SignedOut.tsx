import Button from '@mui/material/Button';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Notice } from '../ui/Notice';
import { Panel } from '../ui/Panel';
import { signInAgain, useSession } from './session';

const t = text.session;

/** What is on the page stays, and this asks to sign in again. */
export const SignedOutNotice = () => <Notice tone="bad" icon="key" action={<Button variant="contained" onClick={signInAgain}>{t.signIn}</Button>}><b>{t.expired}.</b> {t.expiredWhy}</Notice>;

/** The same, once the session has ended while somebody was at work; in a room of which nothing was seen before, it takes the room's place. */
export function SignedOut({ seen }: { seen: boolean }) {
  if (useSession().status !== 'expired') return null;
  if (seen) return <SignedOutNotice />;
  return <Panel><Blank icon="key" title={t.expired} action={<Button variant="contained" onClick={signInAgain}>{t.signIn}</Button>}>{t.expiredUnseen}</Blank></Panel>;
}
