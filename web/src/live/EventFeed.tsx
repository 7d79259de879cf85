import { useEffect, useMemo, useState, type CSSProperties, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { useNow, useSize } from '../lib/hooks';
import type { Row } from '../stream/core/feed';
import { text } from '../text';
import { Line } from '../ui/Icon';
import { hidden } from '../ui/text';
import { fit, useColumns, type Column } from './columns';
import { EventRow, classOf } from './EventRow';
import { Fresh, Table } from './feed-look';

/** Rows drawn beyond each edge. */
const OVER = 6;
/** The bar at the top of the page covers this much. */
const BAR = 53;

interface Props {
  rows: readonly Row[];
  current: string | null;
  phone: boolean;
  held: boolean;
  /** A view that somebody paused or reads details in does not go on by scrolling up; the button that goes on is the one for pausing. */
  forced: boolean;
  fresh: number;
  skew: number;
  /** The scrolling part, to give it the focus. */
  view: RefObject<HTMLDivElement>;
  /** What stands below the last row. */
  foot: ReactNode;
  onHold: (on: boolean) => void;
  onScrolled: (away: boolean) => void;
  onCurrent: (key: string) => void;
  onOpen: (row: Row) => void;
}
/** The rows, or what stands for them while there is none. */
export function EventFeed({ blank, ...list }: Props & { blank: ReactNode }) {
  const [box, wide, tall] = useSize<HTMLDivElement>(), chosen = useColumns(), { columns, template } = useMemo(() => (list.phone ? { columns: chosen, template: '' } : fit(chosen, wide)), [chosen, wide, list.phone]);
  const look = { '--columns': template, '--name': columns.indexOf('name') + 1 } as CSSProperties;
  return <Table ref={box} className={list.phone ? 'phone' : ''} style={look}>{list.rows.length > 0 ? <List {...list} columns={columns} tall={tall} /> : blank}</Table>;
}

/** A grid of which only the rows in view exist. Scrolling down holds it; how far it is scrolled is known for as long as the grid is there. */
function List({ rows, current, phone, held, forced, fresh, skew, tall, view, foot, onHold, onScrolled, onCurrent, onOpen, columns }: Props & { tall: number; columns: readonly Column[] }) {
  const H = phone ? 56 : 32, [scrolled, setScrolled] = useState(0), [gutter, setGutter] = useState(0), now = useNow(), height = Math.min(tall, innerHeight);
  useEffect(() => () => onScrolled(false), []);
  // The head stands above the scrolling part and makes room for its bar.
  useEffect(() => setGutter(view.current ? view.current.offsetWidth - view.current.clientWidth : 0), [tall, rows.length * H > tall, foot === null]);
  // A list that became shorter is told to have moved only after it is drawn: never draw beyond its end.
  const top = Math.min(scrolled, Math.max(0, rows.length * H - height)), first = Math.max(0, Math.floor(top / H) - OVER), last = Math.min(rows.length, Math.ceil((top + height) / H) + OVER), at = current === null ? -1 : rows.findIndex(r => r.key === current);
  const toTop = () => { view.current?.scrollTo({ top: 0 }); onHold(false); };
  const move = (to: number) => {
    const i = Math.min(rows.length - 1, Math.max(0, to)), v = view.current;
    if (!rows[i] || !v) return;
    onHold(true);
    onCurrent(rows[i].key);
  };
  const keys = (e: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height / H) - 2), step: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, End: rows.length - 1 };
    if (e.key in step) move(step[e.key]);
    else if (e.target !== e.currentTarget) return;
    else if (e.key === 'Enter' && rows[at]) onOpen(rows[at]);
    else if (e.key === 'Home') toTop();
    else return;
    e.preventDefault();
  };
  useEffect(() => { if (!held && view.current && view.current.scrollTop > 0) view.current.scrollTo({ top: 0 }); }, [held]);
  // The current row stays in view: within the list, and in a low window within the page.
  useEffect(() => {
    const v = view.current;
    if (!v || at < 0) return;
    // One that is far away, as that of a link, comes with what was around it.
    if (at * H < v.scrollTop - v.clientHeight || at * H > v.scrollTop + 2 * v.clientHeight) v.scrollTo({ top: at * H - (v.clientHeight - H) / 2 });
    else if (at * H < v.scrollTop) v.scrollTo({ top: at * H });
    else if ((at + 1) * H > v.scrollTop + v.clientHeight) v.scrollTo({ top: (at + 1) * H - v.clientHeight });
    const y = v.getBoundingClientRect().top + at * H - v.scrollTop;
    if (y + H > innerHeight) scrollBy(0, y + H - innerHeight);
    else if (y < BAR) scrollBy(0, y - BAR);
  }, [current]);
  return (
    <>
      <div aria-hidden className="head" style={{ paddingRight: 16 + gutter }}>{columns.map(c => <span key={c} className={classOf(c)}>{text.columns.names[c]}</span>)}</div>
      {held && !forced && top > H && <div className="head over" style={{ paddingRight: 16 + gutter }}><Fresh type="button" onClick={toTop}><Line name="up" size={14} />{fresh ? text.live.fresh(fresh) : text.live.newest}</Fresh></div>}
      <div role="grid" ref={view} tabIndex={0} aria-label={text.live.newestFirst} aria-rowcount={rows.length + 1} aria-activedescendant={at >= first && at < last ? `event-${current}` : undefined} className="view" data-testid="feed" onKeyDown={keys}
        onScroll={e => { const y = e.currentTarget.scrollTop; setScrolled(y); onScrolled(y > 4); if (y > 4 && !held) onHold(true); else if (y <= 0 && held && !forced) onHold(false); }}>
        <div role="rowgroup" style={hidden}><div role="row" aria-rowindex={1}>{(phone ? text.live.phoneColumns : columns.map(c => text.columns.names[c])).map(h => <span role="columnheader" key={h}>{h}</span>)}</div></div>
        <div role="rowgroup" style={{ height: rows.length * H }}>
          {rows.slice(first, last).map((r, i) => <EventRow key={r.key} row={r} index={first + i} top={(first + i) * H} height={H} current={r.key === current} now={now} skew={skew} columns={columns} phone={phone} onOpen={onOpen} />)}
        </div>
        {foot && <div role="rowgroup"><div role="row" className="foot"><span role="gridcell">{foot}</span></div></div>}
      </div>
    </>
  );
}
