import { memo, type ReactNode } from 'react';
import { ago, bytes, count, moment, time, visible } from '../lib/format';
import type { EventRow as Told, GapRow, Row } from '../stream/core/feed';
import { shown } from '../stream/core/messages';
import { text } from '../text';
import { TypeBadge } from '../ui/Badge';
import { Heat, providerName } from '../ui/Heat';
import { Line } from '../ui/Icon';
import { Num } from '../ui/text';
import { Amount, Missing } from './Amount';
import type { Column } from './columns';
import { subject } from './subject';
import { look } from './types-table';

const GLOW = 1500;
interface Props { row: Row; index: number; top: number; height: number; current: boolean; now: number; skew: number; phone: boolean; columns: readonly Column[]; onOpen: (row: Row) => void }

/** One row of the feed. It repaints when it moves, and once a second for its age. */
export const EventRow = memo(function EventRow(p: Props) {
  const place = { transform: `translateY(${p.top}px)`, height: p.height };
  if (p.row.kind === 'gap') return <Gap row={p.row} index={p.index} place={place} />;
  const { event: e, heard } = p.row, cls = `row${p.current ? ' current' : ''}${heard && p.now - heard < GLOW ? ' fresh' : ''}${e.simulated ? ' simulated' : ''}`;
  return (
    <div role="row" id={`event-${p.row.key}`} aria-rowindex={p.index + 2} aria-selected={p.current} className={cls} style={place} onClick={() => p.onOpen(p.row)}>
      {p.phone ? <Card row={p.row} now={p.now + p.skew} columns={p.columns} /> : p.columns.map(c => <span key={c} role="gridcell" className={classOf(c)} title={c === 'name' ? path(p.row as Told) : c === 'time' || c === 'age' ? moment(p.row.kind === 'event' ? p.row.at : null) : undefined}>{cell(c, p.row as Told, p.now + p.skew)}</span>)}
    </div>
  );
});

function Gap({ row, index, place }: { row: GapRow; index: number; place: React.CSSProperties }) {
  return <div role="row" id={`event-${row.key}`} aria-rowindex={index + 2} className="row gap" style={place}><span role="gridcell"><Line name="gap" />{text.live.gap(row.count, text.live.gapWhy[row.reason] ?? row.reason)}</span></div>;
}

function Name({ row, place }: { row: Told; place: boolean }) {
  const s = subject(row.event);
  return <><b>{s.name}</b>{row.event.simulated && <i className="sim">{text.live.simulated}</i>}{place && s.place && <small>{s.place}</small>}</>;
}

const NUMBERS: readonly Column[] = ['size', 'cost', 'reads', 'age'];
export const classOf = (c: Column): string => (NUMBERS.includes(c) ? `num ${c}` : c);
const path = ({ event }: Told): string | undefined => {
  const { file_name: name, bucket } = shown(event);
  return name ? visible(`${bucket ?? ''}/${name}`) : undefined;
};
const words = (v: string | null | undefined) => (v ? visible(v) : <Missing />);

function cell(column: Column, row: Told, now: number): ReactNode {
  const e = row.event, d = shown(e);
  switch (column) {
    case 'time': return time(row.at);
    case 'type': return <TypeBadge type={e.type} />;
    case 'name': return <Name row={row} place />;
    case 'op': return words(d.operation);
    case 'provider': return d.provider ? visible(providerName(d.provider)) : <Missing />;
    case 'source': return words(e.source);
    case 'user': return words(e.user_id);
    case 'size': return typeof d.size_bytes === 'number' ? bytes(d.size_bytes) : <Missing />;
    case 'cost': return <Amount event={e} />;
    case 'reads': return typeof d.access_count === 'number' ? count(d.access_count) : <Missing />;
    case 'heat': return d.data_temperature ? <Heat value={d.data_temperature} /> : <Missing />;
    case 'age': return ago(row.at, now);
  }
}

function Card({ row, now, columns }: { row: Told; now: number; columns: readonly Column[] }) {
  const e = row.event, d = shown(e), t = look(e.type), tone = `var(--cf-fam-${t.family})`, has = (c: Column): boolean => columns.includes(c);
  const second = [e.type, has('provider') && d.provider && providerName(d.provider), has('source') && e.source, has('user') && e.user_id, has('size') && typeof d.size_bytes === 'number' && bytes(d.size_bytes)];
  return (
    <>
      <span role="gridcell" className="badge" style={{ color: tone, background: `color-mix(in srgb, ${tone} 11%, var(--cf-panel))` }}><Line name={t.icon} size={16} /></span>
      <span role="gridcell" className="main"><span className="first"><Name row={row} place={false} /></span><span className="second">{visible(second.filter(Boolean).join(' · '))}</span></span>
      <span role="gridcell" className="side"><Num className="age">{has('age') ? ago(row.at, now) : null}</Num><Num>{has('cost') && typeof d.amount === 'number' ? <Amount event={e} /> : has('heat') && d.data_temperature ? <Heat value={d.data_temperature} /> : null}</Num></span>
    </>
  );
}
