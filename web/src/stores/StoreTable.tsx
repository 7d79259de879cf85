import { useState, type MouseEvent, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import type { Store } from '../api/types';
import { ago, bytes, length, moment, money, NONE, parseTime, visible } from '../lib/format';
import { useNow } from '../lib/hooks';
import { address } from '../lib/route';
import { text } from '../text';
import { Tag } from '../ui/Badge';
import { providerName } from '../ui/Heat';
import { Icon, type IconName } from '../ui/Icon';
import { Panel } from '../ui/Panel';
import { Mono, Num } from '../ui/text';
import { acts, isTroubled, type Act } from './data';
import { Reads } from './Reads';

const t = text.stores;
const LOOK: Record<Store['state'], [string, IconName]> = { starting: ['var(--cf-ink2)', 'clock'], indexing: ['var(--cf-info)', 'refresh'], watching: ['var(--cf-ok)', 'check'], paused: ['var(--cf-ink2)', 'pause'], away: ['var(--cf-warn)', 'unplug'], failed: ['var(--cf-bad)', 'failed'] };
const ICONS: Record<Act, IconName> = { pause: 'pause', resume: 'play', retry: 'refresh', confirm: 'check', remove: 'remove' };

export function StoreTable({ stores, mayChange, onAct }: { stores: readonly Store[]; mayChange: boolean; onAct: (s: Store, what: Act) => void }) {
  const now = useNow();
  return (
    <Panel aria-label={t.table} sx={{ overflow: 'hidden' }}>
      <TableContainer tabIndex={0} role="group" aria-label={t.sideways} sx={{ position: 'relative' }}><Table size="small" aria-label={t.table}>
        <TableHead><TableRow>{t.columns.slice(0, mayChange ? 7 : 6).map((c, i) => <TableCell key={c} align={i >= 3 && i <= 5 ? 'right' : 'left'}>{i === 6 ? <Box component="span" sx={{ position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' }}>{c}</Box> : c}</TableCell>)}</TableRow></TableHead>
        <TableBody>{stores.map(s => (
          <TableRow key={s.id} hover sx={{ '& > *': { height: '48px !important', py: '6px !important', whiteSpace: 'nowrap' } }}>
            <TableCell component="th" scope="row"><Box component="a" href={address('objects', { store: s.id })} sx={{ color: 'inherit', textDecoration: 'none', '&:hover': { textDecoration: 'underline' } }}><Mono>{visible(s.url)}</Mono></Box><Small>{t.addedBy(providerName(s.provider), t.origin[s.origin] ?? s.origin)}</Small></TableCell>
            <TableCell><State store={s} stacked /></TableCell><TableCell><Reads store={s} /></TableCell>
            <TableCell align="right"><Num>{bytes(s.bytes)}</Num><Small>{t.objects(s.objects)}</Small></TableCell><TableCell align="right"><Num title={moment(parseTime(s.last_rescan))}>{ago(parseTime(s.last_rescan), now)}</Num>{s.listing && <Small>{t.every(length(s.listing.interval_seconds * 1000))}</Small>}</TableCell><TableCell align="right"><Cost store={s} /></TableCell>
            {mayChange && <TableCell align="right"><Actions store={s} onAct={onAct} /></TableCell>}
          </TableRow>
        ))}</TableBody>
      </Table></TableContainer>
    </Panel>
  );
}

const Small = ({ children, title }: { children: ReactNode; title?: string }) => <Box title={title} sx={{ fontSize: 12, lineHeight: 1.35, color: 'var(--cf-ink3)', fontVariantNumeric: 'tabular-nums', fontWeight: 400 }}>{children}</Box>;

/** What costs little is not free. */
const dollars = (v: number): string => (v > 0 && v < 0.01 ? text.units.below(money(0.01)) : money(v));

/** What asking a bucket comes to; a folder is asked nothing. */
function Cost({ store: s }: { store: Store }) {
  if (!s.listing) return <Num>{NONE}</Num>;
  const { cost_usd_month: cost, requests, retries } = s.listing;
  return <><Num title={cost === null ? t.costUnknown : undefined}>{cost === null ? NONE : t.month(dollars(cost))}</Num><Small title={t.requestsNote(retries)}>{t.requests(requests)}</Small></>;
}

/** How often a bucket is asked, and for how much. */
function Listed({ store: s }: { store: Store }) {
  if (!s.listing) return null;
  const cost = s.listing.cost_usd_month;
  return <Small>{[t.listed(length(s.listing.interval_seconds * 1000), cost === null ? null : dollars(cost)), t.requests(s.listing.requests)].join(' · ')}</Small>;
}

function State({ store: s, stacked = false }: { store: Store; stacked?: boolean }) {
  const [tone, icon] = LOOK[s.state] ?? LOOK.starting;
  return (
    <Box sx={{ display: 'flex', gap: stacked ? '2px' : 2, flexDirection: stacked ? 'column' : 'row', alignItems: stacked ? 'flex-start' : 'center' }}><Tag tone={tone} icon={icon}>{t.states[s.state] ?? s.state}</Tag>
      {s.progress && <Box sx={{ display: 'flex', alignItems: 'center', gap: 2 }}>{s.progress.total ? <LinearProgress aria-label={t.progressLabel(visible(s.url))} variant="determinate" value={Math.min(100, (100 * s.progress.done) / s.progress.total)} sx={{ width: 80 }} /> : null}<Num style={{ fontSize: 12, color: 'var(--cf-ink3)' }}>{t.progress(s.progress.done, s.progress.total)}</Num></Box>}
    </Box>
  );
}

/** A troubled store's remedies stand in its notice, next to the reason; here they are in the menu only. */
function Actions({ store: s, onAct }: { store: Store; onAct: (s: Store, what: Act) => void }) {
  const [at, setAt] = useState<HTMLElement | null>(null), all = acts(s), first = isTroubled(s) || all[0] === 'remove' ? null : all[0];
  return (
    <Box sx={{ display: 'flex', gap: 1, justifyContent: 'flex-end' }}>
      {first && <Button variant="text" startIcon={<Icon name={ICONS[first]} />} onClick={() => onAct(s, first)}>{t[first]}</Button>}
      <IconButton aria-label={t.menu(visible(s.url))} aria-haspopup="menu" onClick={(e: MouseEvent<HTMLElement>) => setAt(e.currentTarget)}><Icon name="more" sx={{ strokeWidth: 3 }} /></IconButton>
      <Menu anchorEl={at} open={!!at} onClose={() => setAt(null)} slotProps={{ paper: { role: 'region', 'aria-label': t.menu(visible(s.url)) } }}>{all.map(a => <MenuItem key={a} onClick={() => { setAt(null); onAct(s, a); }}><Icon name={ICONS[a]} />{t[a]}</MenuItem>)}</Menu>
    </Box>
  );
}

/** On a phone: a card a store. */
export function StoreCards({ stores, mayChange, onAct }: { stores: readonly Store[]; mayChange: boolean; onAct: (s: Store, what: Act) => void }) {
  return (
    <Panel aria-label={t.table}><Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>{stores.map(s => (
      <Box component="li" key={s.id} sx={{ display: 'grid', gap: 2, p: '10px 8px 10px 14px', '& + &': { borderTop: '1px solid var(--cf-line)' } }}>
        <Mono style={{ overflowWrap: 'anywhere' }}>{visible(s.url)}</Mono><Listed store={s} /><State store={s} />{s.provider !== 'file' && <Reads store={s} />}
        <Box sx={{ display: 'flex', alignItems: 'center' }}><Num style={{ fontSize: 12, color: 'var(--cf-ink3)', marginRight: 'auto' }}>{`${t.objects(s.objects)} · ${bytes(s.bytes)}`}</Num>{mayChange && <Actions store={s} onAct={onAct} />}</Box>
      </Box>
    ))}</Box></Panel>
  );
}
