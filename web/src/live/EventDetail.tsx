import { useState, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Tooltip from '@mui/material/Tooltip';
import { copy } from '../lib/copy';
import { ago, visible } from '../lib/format';
import { address } from '../lib/route';
import { useNow } from '../lib/hooks';
import type { EventRow } from '../stream/core/feed';
import { shown } from '../stream/core/messages';
import { text } from '../text';
import { TypeBadge } from '../ui/Badge';
import { Facts } from '../ui/Facts';
import { Icon } from '../ui/Icon';
import { Json } from '../ui/Json';
import { Notice } from '../ui/Notice';
import { facts, type Fact } from './facts';
import { subject } from './subject';
import { look } from './types-table';
import { linkTo } from './view';

const t = text.detail;
interface Props { row: EventRow; skew: number; onClose: () => void; onFilter: (term: string) => void; onStep: (by: number) => void; onNote: (words: string) => void }

export function EventDetail({ row, skew, onClose, onFilter, onStep, onNote }: Props) {
  const now = useNow() + skew, [tab, setTab] = useState(0), e = row.event, named = shown(e).file_name;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, p: '10px 8px 0 16px' }}>
        <TypeBadge type={e.type} /><Box sx={{ flex: 1 }} />
        <Tooltip title={t.newerKey}><IconButton aria-label={t.newer} onClick={() => onStep(-1)}><Icon name="up" /></IconButton></Tooltip>
        <Tooltip title={t.olderKey}><IconButton aria-label={t.older} onClick={() => onStep(1)}><Icon name="down" /></IconButton></Tooltip>
        <Tooltip title={t.closeKey}><IconButton aria-label={t.close} onClick={onClose}><Icon name="close" /></IconButton></Tooltip>
      </Box>
      <Box sx={{ px: 4, pt: 2 }}>
        <Box component="h2" sx={{ m: 0, fontSize: 16, fontWeight: 620, letterSpacing: '-0.014em', overflowWrap: 'anywhere' }}>{subject(e).name}</Box>
        <Box sx={{ color: 'var(--cf-ink3)', fontVariantNumeric: 'tabular-nums' }}>{look(e.type).says} {now - row.at < 1000 ? t.justNow : t.ago(ago(row.at, now))}</Box>
      </Box>
      {e.simulated && <Box sx={{ px: 4, pt: 3 }}><Notice tone="info" icon="beaker">{t.simulated}</Notice></Box>}
      <Tabs value={tab} onChange={(_: unknown, v: number) => setTab(v)} aria-label={t.tabs} sx={{ px: 4, borderBottom: '1px solid var(--cf-line)', mt: 1, flex: 'none' }}><Tab label={t.fields} id="d0" aria-controls="dp0" /><Tab label={t.json} id="d1" aria-controls="dp1" /></Tabs>
      <Box tabIndex={0} role="group" aria-label={t.tabs} sx={{ flex: 1, minHeight: 0, overflow: 'auto', p: 4, pt: 2, '&:focus-visible': { outlineOffset: -2 } }}>
        <div role="tabpanel" id="dp0" aria-labelledby="d0" hidden={tab !== 0}>{tab === 0 && <><Facts>{facts(e).map(f => <Line key={f.name} fact={f} onFilter={onFilter} />)}</Facts><Box sx={{ mt: 4 }}><Json value={e.data} label={t.asJSON} /></Box></>}</div>
        <div role="tabpanel" id="dp1" aria-labelledby="d1" hidden={tab !== 1}>{tab === 1 && <Json value={e} label={t.asJSON} />}</div>
      </Box>
      <Box sx={{ display: 'flex', gap: 2, p: 3, borderTop: '1px solid var(--cf-line)' }}>
        <Button startIcon={<Icon name="copy" />} onClick={() => void copy(JSON.stringify(e, null, 2), t.copied, onNote)}>{t.copyJSON}</Button>
        {row.cursor && <Button startIcon={<Icon name="link" />} onClick={() => void copy(linkTo(row.cursor ?? ''), t.linkCopied, onNote)}>{t.copyLink}</Button>}
        <Box sx={{ flex: 1 }} />{named && !e.simulated && <Button variant="text" href={address('objects', { q: named })}>{t.object}</Button>}
      </Box>
    </Box>
  );
}

function Line({ fact: f, onFilter }: { fact: Fact; onFilter: (term: string) => void }) {
  const act = (icon: 'plus' | 'minus', label: string, tip: string, term: string): ReactNode => <Tooltip title={tip}><IconButton size="small" aria-label={label} onClick={() => onFilter(term)}><Icon name={icon} /></IconButton></Tooltip>;
  return (
    <div><dt>{f.name}</dt><dd className={f.long ? 'long' : undefined} title={typeof f.value === 'string' ? f.value : undefined}>{f.value}</dd>
      <dd style={{ display: 'flex' }}>{f.term && <>{act('plus', t.forThis(f.name), t.filterFor(visible(f.term)), f.term)}{act('minus', t.outThis(f.name), t.filterOut(visible(f.term)), `-${f.term}`)}</>}</dd></div>
  );
}
