import { Button } from '@mui/material';
import { text } from '../text/en';
import { Notice } from '../ui/Notice';
import { signInAgain, useSession } from './session';

const t = text.session;

/** What is on the page stays, and this asks to sign in again. */
export const SignedOutNotice = () => <Notice tone="bad" icon="key" action={<Button variant="contained" onClick={signInAgain}>{t.signIn}</Button>}><b>{t.expired}</b> {t.expiredWhy}</Notice>;

/** The same, once the session has ended while somebody was at work. */
export const SignedOut = () => useSession().status === 'expired' ? <SignedOutNotice /> : null;
