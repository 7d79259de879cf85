import { useEffect, useState, type ChangeEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Tooltip from '@mui/material/Tooltip';
import { count, decimal, moment, stamp } from '../lib/format';
import { setQuery } from '../lib/route';
import { SPEEDS } from '../stream/core/replay';
import type { Range } from '../stream/core/span';
import type { ReplayPlayer } from '../stream/replay';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { Panel } from '../ui/Panel';
import { Num, Quiet } from '../ui/text';
import { lookAtNow, seek } from './view';

const t = text.replay;
/** A silence that takes longer than this is offered to be skipped. */
const LONG = 4_000;

/** What is played, how fast, how far, and the ways out of it. */
export function ReplayBar({ player, range, speed, begins }: { player: ReplayPlayer; range: Range; speed: number; begins: number | null }) {
  const s = player.state, [dragged, drag] = useState<number | null>(null), at = dragged ?? s.at, quiet = s.next === null ? 0 : (s.next - s.at) / speed;
  useEffect(() => { drag(null); }, [s.from]);
  // The address may name that moment already, as after a while at its own beginning.
  const sought = () => {
    if (dragged === null) return;
    drag(null);
    player.again(Math.max(dragged, begins ?? 0), s.playing);
    seek(dragged);
  };
  const slow = s.playing && !s.ended && s.told > 0 && s.reached !== null && s.reached < 0.8 * speed && quiet < 100;
  const word = s.problem ? t.failed(s.problem) : s.ended ? t.ended(s.told) : slow ? t.slower(s.reached! >= 10 ? count(Math.round(s.reached!)) : decimal(s.reached)) : s.waiting ? t.reading : s.playing ? t.told(s.told) : t.paused(s.told);
  return (
    <Panel aria-label={t.label} sx={{ p: '8px 12px', display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px' }}>
      {s.ended ? <Tooltip title={t.again}><IconButton aria-label={t.again} onClick={() => player.again(Math.max(range[0], begins ?? 0))}><Icon name="refresh" /></IconButton></Tooltip>
        : <Tooltip title={s.playing ? t.pauseKey : t.playKey}><IconButton aria-label={s.playing ? t.pause : t.play} onClick={() => player.play(!s.playing)}><Icon name={s.playing ? 'pause' : 'play'} /></IconButton></Tooltip>}
      <Num title={moment(at)} data-testid="replayed" style={{ fontWeight: 600, minWidth: 132 }}>{stamp(at)}</Num>
      <Box component="input" type="range" aria-label={t.position} aria-valuetext={moment(at)} min={range[0]} max={range[1]} step={1000} value={at} sx={{ order: { xs: 2, md: 0 }, flex: { xs: '1 0 100%', md: '1 1 160px' }, minWidth: 120, accentColor: 'var(--cf-accent)', height: 24, m: 0 }}
        onChange={(e: ChangeEvent<HTMLInputElement>) => drag(Number(e.target.value))} onPointerUp={sought} onKeyUp={sought} />
      <ToggleButtonGroup sx={{ order: { xs: 3, md: 0 } }} exclusive size="small" value={speed} aria-label={t.speed} onChange={(_: unknown, v: number | null) => { if (v) setQuery({ speed: String(v) }); }}>
        {SPEEDS.map(v => <ToggleButton key={v} value={v} aria-label={t.times(v)} sx={{ px: '8px !important', minWidth: 36, '&.Mui-selected': { color: 'var(--cf-accent) !important', fontWeight: 650 } }}>{v}×</ToggleButton>)}
      </ToggleButtonGroup>
      <Button sx={{ order: { xs: 1, md: 0 }, ml: 'auto' }} startIcon={<Icon name="stream" />} onClick={lookAtNow}>{t.toLive}</Button>
      <Box role="status" sx={{ order: 4, flexBasis: '100%', display: 'flex', flexWrap: 'wrap', gap: '2px 12px', alignItems: 'center', minHeight: 24, fontSize: 12, color: s.problem ? 'var(--cf-bad)' : slow ? 'var(--cf-warn)' : 'var(--cf-ink2)', fontVariantNumeric: 'tabular-nums' }}>
        <span>{word}</span>{begins !== null && <Quiet>{t.begins(stamp(begins))}</Quiet>}
        {s.playing && !s.ended && quiet > LONG && s.next !== null && <><Quiet>{t.quiet(stamp(s.next))}</Quiet><Button size="small" variant="text" sx={{ height: 24 }} onClick={() => player.skip()}>{t.skip}</Button></>}
      </Box>
    </Panel>
  );
}
