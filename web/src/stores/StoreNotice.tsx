import Button from '@mui/material/Button';
import type { Store } from '../api/types';
import { visible } from '../lib/format';
import { text } from '../text';
import { Notice } from '../ui/Notice';
import { cures, type Act } from './data';

const t = text.stores;

/** Why a store is away or has failed, what that means for its objects, and what mends it. */
export function StoreNotice({ store: s, mayChange, onAct }: { store: Store; mayChange: boolean; onAct: (s: Store, what: Act) => void }) {
  const away = s.state === 'away', what = !away ? t.failedWhat : s.objects === 0 ? t.awayNothing : t.awayWhat;
  return (
    <Notice tone={away ? 'warn' : 'bad'} icon={away ? 'unplug' : 'failed'} action={mayChange ? cures(s).map(c => <Button key={c} onClick={() => onAct(s, c)}>{t[c]}</Button>) : undefined}>
      <b>{visible(s.url)}</b>: {s.message ? visible(s.message) : `${t.states[s.state]}.`} {what}
    </Notice>
  );
}
