import { shown, type StreamEvent } from '../stream/core/messages';
import { money, NONE } from '../lib/format';

export const Missing = () => <span className="none">{NONE}</span>;

/** Money a month: an alert adds, a saving takes away. */
export function Amount({ event: e }: { event: StreamEvent }) {
  const { amount: a, currency } = shown(e);
  if (a === undefined) return <Missing />;
  const words = Math.abs(a) < 0.01 && a !== 0 ? `<${money(0.01, currency)}` : money(Math.abs(a), currency);
  if (e.type === 'cost.alert') return <span style={{ color: 'var(--cf-warn)' }}>+{words}</span>;
  if (e.type === 'cost.savings_found' || a < 0) return <span style={{ color: 'var(--cf-fam-cost)' }}>−{words}</span>;
  return <span>{words}</span>;
}
