import Button from '@mui/material/Button';
import { visible } from '../lib/format';
import { address } from '../lib/route';
import { text } from '../text';
import { Notice } from '../ui/Notice';
import { isTroubled, useStores } from './data';

const t = text.stores;

/** For other rooms than Stores: that something is not watched, and where to read why. Says nothing while the server does not answer. */
export function UnwatchedNotice() {
  const { stores, problem } = useStores(5000), troubled = problem ? [] : stores?.filter(isTroubled) ?? [];
  if (!troubled.length) return null;
  const failed = troubled.some(s => s.state === 'failed');
  return (
    <Notice tone={failed ? 'bad' : 'warn'} icon={failed ? 'failed' : 'unplug'} action={<Button href={address('stores')}>{text.live.toStores}</Button>}>
      <b>{troubled.length === 1 ? t.unwatchedOne(visible(troubled[0].url), troubled[0].state) : t.unwatched(troubled.length)}</b> {t.unwatchedWhat}
    </Notice>
  );
}
