import Button from '@mui/material/Button';
import { useNow } from '../lib/hooks';
import { SignedOutNotice } from '../session/SignedOut';
import { useSession } from '../session/session';
import { stream } from '../stream';
import type { LinkState } from '../stream/core/link';
import { text } from '../text';
import { Notice } from '../ui/Notice';

const t = text.live;

/** What is wrong with the stream, in words, with the one thing to do about it. */
export function LiveNotices({ link }: { link: LinkState }) {
  const now = useNow(), session = useSession(), wait = link.retryAt === null ? 0 : Math.max(0, Math.ceil((link.retryAt - now) / 1000));
  if (session.status === 'expired' || link.phase === 'signed-out')
    return <SignedOutNotice />;
  if (link.phase === 'reconnecting')
    return <Notice tone="warn" icon="unplug" action={<Button onClick={() => stream.start()} disabled={wait === 0}>{t.tryNow}</Button>}><b>{link.leaving ? t.leaving(link.leaving) : t.lost}</b> {wait > 0 ? t.lostNote(wait) : t.trying}</Notice>;
  // A refused filter is told where it is written.
  if (link.phase === 'failed' && !link.problem)
    return <Notice tone="bad" icon="failed" action={<Button onClick={() => stream.start()}>{t.tryAgain}</Button>}><b>{t.closed(link.close?.code ?? 0, link.close?.reason ?? '')}</b> {link.close?.code === 4501 || link.close?.code === 1008 ? t.refused : t.closedWhat}</Notice>;
  return null;
}
