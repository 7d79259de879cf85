import type { CSSProperties } from 'react';
import { styled } from '@mui/material/styles';
import type { Temperature } from '../stream/core/messages';
import { visible } from '../lib/format';
import { own } from '../lib/own';
import { text } from '../text';

const STEPS: Record<Temperature, number> = { HOT: 4, WARM: 3, COLD: 2, ARCHIVE: 1 };
const Meter = styled('span')({ display: 'inline-flex', alignItems: 'center', gap: 6, fontSize: 12, fontWeight: 500, color: 'var(--tone)', '& i': { display: 'inline-flex', gap: 2, alignItems: 'flex-end' }, '& b': { width: 3, borderRadius: 1, background: 'var(--cf-edge)' }, '& b.on': { background: 'var(--tone)' } });
/** Height, number of bars, colour and word say the same thing four times. */
export function Heat({ value, word = true }: { value: Temperature; word?: boolean }) {
  return (
    <Meter style={{ '--tone': `var(--cf-${value.toLowerCase()})` } as CSSProperties}>
      <i aria-hidden>{[1, 2, 3, 4].map(n => <b key={n} className={n <= (own(STEPS, value) ?? 0) ? 'on' : ''} style={{ height: 3 + n * 2 }} />)}</i>{word && (own(text.heat, value) ?? visible(value))}
    </Meter>
  );
}

export const providerName = (p: string | undefined): string => (p ? own(text.providers, p) ?? p : '–');
