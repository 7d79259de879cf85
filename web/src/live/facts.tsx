import type { ReactNode } from 'react';
import { term } from '../filter/terms';
import { bytes, count, money, moment, parseTime, percent, visible } from '../lib/format';
import { shown, type StreamEvent } from '../stream/core/messages';
import { text } from '../text';
import { Heat, providerName } from '../ui/Heat';
import { Mono } from '../ui/text';

/** A line of the details; with `term`, the filter that this value makes. */
export interface Fact { name: string; value: ReactNode; term?: string; long?: boolean }

/** What an event says about itself, in the order in which one asks. What it does not have is left out. */
export function facts(e: StreamEvent): Fact[] {
  const d = shown(e), n = text.detail.names, out: Fact[] = [{ name: n.type, value: visible(e.type), term: term('type', e.type) }];
  const put = (name: string, value: unknown, show: (v: never) => ReactNode, field?: string, long?: boolean): void => {
    if (value !== undefined && value !== null && value !== '') out.push({ name, value: show(value as never), term: field ? term(field, value as string) : undefined, long });
  };
  const as = (v: string): ReactNode => visible(v);
  put(n.provider, d.provider, (v: string) => visible(providerName(v)), 'provider');
  put(d.provider === 'file' ? n.folder : n.bucket, d.bucket, as, 'bucket', true);
  put(n.file, d.file_name, as, 'name', true);
  put(n.operation, d.operation, as, 'operation');
  put(n.size, d.size_bytes, bytes);
  put(n.money, d.amount, (v: number) => `${v < 0 ? '−' : ''}${money(Math.abs(v), d.currency)}`);
  put(n.reads, d.access_count, count);
  put(n.heat, d.data_temperature, (v: 'HOT') => <Heat value={v} />, 'temperature');
  if (d.current_tier || d.recommended_tier) out.push({ name: n.tier, value: visible([d.current_tier, d.recommended_tier].filter(Boolean).join(' → ')) });
  put(n.pattern, d.pattern_type, as, 'pattern');
  put(n.confidence, d.confidence, percent);
  put(n.progress, d.progress, (v: number) => `${v} %`);
  put(n.status, d.status, as, 'status');
  put(n.error, d.error, as, undefined, true);
  put(n.message, d.message, as, undefined, true);
  put(n.happened, e.timestamp, (v: string) => moment(parseTime(v)), undefined, true);
  put(n.recorded, e.recorded_at, (v: string) => moment(parseTime(v)), undefined, true);
  put(n.source, e.source, as, 'source', true);
  put(n.user, e.user_id, as, 'user');
  put(n.correlation, e.correlation_id, as, 'correlation');
  out.push({ name: n.position, value: <Mono>p{e.partition}:{e.offset}</Mono> });
  out.push({ name: n.id, value: <Mono>{visible(e.id)}</Mono>, term: term('id', e.id) });
  return out;
}
