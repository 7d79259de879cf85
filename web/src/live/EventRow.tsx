import { memo } from 'react';
import { ago, bytes, count, time, visible } from '../lib/format';
import type { EventRow as Told, GapRow, Row } from '../stream/core/feed';
import { text } from '../text/en';
import { TypeBadge } from '../ui/Badge';
import { Heat, providerName } from '../ui/Heat';
import { Line } from '../ui/Icon';
import { Num } from '../ui/text';
import { Amount, Missing } from './Amount';
import { subject } from './subject';
import { look } from './types-table';

const GLOW = 1500;
interface Props { row: Row; index: number; top: number; height: number; current: boolean; now: number; skew: number; phone: boolean; onOpen: (row: Row) => void }

/** One row of the feed. It repaints when it moves, and once a second for its age. */
export const EventRow = memo(function EventRow(p: Props) {
  const place = { transform: `translateY(${p.top}px)`, height: p.height };
  if (p.row.kind === 'gap') return <Gap row={p.row} index={p.index} place={place} />;
  const { event: e, heard } = p.row, cls = `row${p.current ? ' current' : ''}${heard && p.now - heard < GLOW ? ' fresh' : ''}${e.simulated ? ' simulated' : ''}`;
  return (
    <div role="row" id={`event-${p.row.key}`} aria-rowindex={p.index + 2} aria-selected={p.current} className={cls} style={place} onClick={() => p.onOpen(p.row)}>
      {p.phone ? <Card row={p.row} now={p.now + p.skew} /> : <Cells row={p.row} now={p.now + p.skew} />}
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

function Cells({ row, now }: { row: Told; now: number }) {
  const e = row.event, d = e.data;
  return (
    <>
      <span role="gridcell" className="time">{time(row.at)}</span>
      <span role="gridcell" className="type"><TypeBadge type={e.type} /></span>
      <span role="gridcell" className="name" title={d.file_name ? visible(`${d.bucket ?? ''}/${d.file_name}`) : undefined}><Name row={row} place /></span>
      <span role="gridcell" className="op">{d.operation ? visible(d.operation) : <Missing />}</span>
      <span role="gridcell" className="provider">{d.provider ? visible(providerName(d.provider)) : <Missing />}</span>
      <span role="gridcell" className="num size">{typeof d.size_bytes === 'number' ? bytes(d.size_bytes) : <Missing />}</span>
      <span role="gridcell" className="num cost"><Amount event={e} /></span>
      <span role="gridcell" className="num reads">{typeof d.access_count === 'number' ? count(d.access_count) : <Missing />}</span>
      <span role="gridcell" className="heat">{d.data_temperature ? <Heat value={d.data_temperature} /> : <Missing />}</span>
      <span role="gridcell" className="num age">{ago(row.at, now)}</span>
    </>
  );
}

function Card({ row, now }: { row: Told; now: number }) {
  const e = row.event, d = e.data, t = look(e.type), tone = `var(--cf-fam-${t.family})`;
  return (
    <>
      <span role="gridcell" className="badge" style={{ color: tone, background: `color-mix(in srgb, ${tone} 11%, var(--cf-panel))` }}><Line name={t.icon} size={16} /></span>
      <span role="gridcell" className="main"><span className="first"><Name row={row} place={false} /></span><span className="second">{visible([e.type, d.provider && providerName(d.provider), typeof d.size_bytes === 'number' && bytes(d.size_bytes)].filter(Boolean).join(' · '))}</span></span>
      <span role="gridcell" className="side"><Num className="age">{ago(row.at, now)}</Num><Num>{typeof d.amount === 'number' ? <Amount event={e} /> : d.data_temperature ? <Heat value={d.data_temperature} /> : null}</Num></span>
    </>
  );
}
