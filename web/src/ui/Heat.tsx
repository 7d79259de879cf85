import type { CSSProperties } from 'react';
import { styled } from '@mui/material/styles';
import type { Temperature } from '../stream/core/messages';
import { NONE, visible } from '../lib/format';
import { own } from '../lib/own';
import { text } from '../text';
import { Quiet } from './text';

const STEPS: Record<Temperature, number> = { HOT: 4, WARM: 3, COLD: 2, ARCHIVE: 1 };
const Meter = styled('span')({ display: 'inline-flex', verticalAlign: -1, alignItems: 'center', gap: 6, fontSize: 12, fontWeight: 500, color: 'var(--tone)', '& i': { display: 'inline-flex', gap: 2, alignItems: 'flex-end' }, '& b': { width: 3, borderRadius: 1, background: 'var(--cf-edge)' }, '& b.on': { background: 'var(--tone)' } });
/** Height, number of bars, colour and word say the same thing four times. Null is not judged. */
export function Heat({ value, word = true }: { value: Temperature | null; word?: boolean }) {
  if (!value) return <Quiet title={text.temperature.none}>{NONE}</Quiet>;
  return (
    <Meter style={{ '--tone': `var(--cf-${value.toLowerCase()})` } as CSSProperties}>
      <i aria-hidden>{[1, 2, 3, 4].map(n => <b key={n} className={n <= (own(STEPS, value) ?? 0) ? 'on' : ''} style={{ height: 3 + n * 2 }} />)}</i>{word && (own(text.heat, value) ?? visible(value))}
    </Meter>
  );
}

export const providerName = (p: string | undefined): string => (p ? own(text.providers, p) ?? p : '–');
