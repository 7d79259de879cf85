import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Tooltip from '@mui/material/Tooltip';
import type { ObjectDetail as Detail } from '../api/types';
import { DayBars } from '../charts/DayBars';
import { bytes, chance, count, folder, leaf, moment, NONE, parseTime, visible } from '../lib/format';
import { address } from '../lib/route';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Docs } from '../ui/Docs';
import { Facts } from '../ui/Facts';
import { Heat, providerName } from '../ui/Heat';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { Mono, Quiet } from '../ui/text';
import { useObject } from './query';

const t = text.objects.detail, n = t.names, heat = text.temperature;

export function ObjectDetail({ id, onClose }: { id: string; onClose: () => void }) {
  const { value: o, problem, asking } = useObject(id), gone = problem?.status === 404;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 }}>
      <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 1, p: '12px 8px 0 16px' }}>
        <Box sx={{ flex: 1, minWidth: 0 }}><Box component="h2" sx={{ m: 0, fontSize: 16, fontWeight: 620, letterSpacing: '-0.014em', overflowWrap: 'anywhere' }}>{o ? visible(leaf(o.file_name)) : t.label}</Box>{o && <Box sx={{ color: 'var(--cf-ink3)', overflowWrap: 'anywhere' }}>{visible(folder(o.file_name))}</Box>}</Box>
        <Tooltip title={text.detail.closeKey}><IconButton aria-label={t.close} onClick={onClose}><Icon name="close" /></IconButton></Tooltip>
      </Box>
      <Box sx={{ flex: 1, minHeight: 0, overflow: 'auto', p: 4, pt: 2 }} tabIndex={0} role="group" aria-label={t.label}>
        {gone && <Blank icon="objects" title={t.gone} action={<Button onClick={onClose}>{t.toList}</Button>}>{t.goneWhy}</Blank>}
        {asking && <LinearProgress aria-label={text.objects.loading} sx={{ height: 2 }} />}
        {problem && !gone && <Notice tone="bad" icon="failed">{problem.message}</Notice>}
        {o && !gone && <Known object={o} />}
      </Box>
      {o && !gone && o.filter !== null && <Box sx={{ display: 'flex', gap: 2, p: 3, borderTop: '1px solid var(--cf-line)' }}><Button startIcon={<Icon name="stream" />} href={address('live', { filter: o.filter })}>{t.events}</Button></Box>}
    </Box>
  );
}

function Known({ object: o }: { object: Detail }) {
  const a = o.accesses, when = (x: string | null) => moment(parseTime(x));
  const facts: [string, React.ReactNode, boolean?][] = [
    [n.store, visible(`${providerName(o.provider)} ${o.bucket}`), true], [n.path, visible(o.file_name), true], [n.size, bytes(o.size_bytes)], [n.tier, visible(o.tier ?? NONE)], ...(o.storage_class ? [[n.className, visible(o.storage_class)] as [string, string]] : []),
    [n.temperature, <Figured key="t" note={o.data_temperature && heat.sure(chance(o.confidence))}><Heat value={o.data_temperature} /></Figured>], [n.chance, <Figured key="c" note={o.chance_30_days !== null && heat.forecast}>{chance(o.chance_30_days)}</Figured>], [n.judged, when(o.judged_at)],
    [n.change, when(o.last_change)], [n.modified, when(o.last_modified)], [n.access, when(o.last_access)], [n.first, when(o.first_seen)], [n.reads, [a?.d7, a?.d30, a?.d90].map(count).join(' / ')], [n.total, count(a?.total)],
    ...(o.etag ? [[n.etag, <Mono key="e">{visible(o.etag)}</Mono>, true] as [string, React.ReactNode, boolean]] : []), ...(o.version_id ? [[n.version, <Mono key="v">{visible(o.version_id)}</Mono>, true] as [string, React.ReactNode, boolean]] : []), ...(o.renamed_from ? [[n.renamed, visible(o.renamed_from), true] as [string, string, boolean]] : []),
  ];
  const days = (o.history ?? []).map(d => ({ day: d.day, count: d.reads, scans: d.scan_reads })), sum = (of: (d: (typeof days)[number]) => number) => days.reduce((s, d) => s + of(d), 0), scans = sum(d => d.scans);
  return (
    <>
      {o.deleted && <Box sx={{ mb: 3 }}><Notice tone="warn" icon="remove">{t.removed}</Notice></Box>}
      <Facts>{facts.map(([k, v, long]) => <div key={k}><dt>{k}</dt><dd className={long ? 'long' : undefined}>{v}</dd><dd /></div>)}</Facts>
      {!o.data_temperature && !o.deleted && <Aside>{heat.unjudged} <Docs page="tiering">{heat.guide}</Docs></Aside>}
      <Box component="h3" sx={{ m: 0, mt: 5, mb: 2, fontSize: 13, fontWeight: 600 }}>{t.byDay}</Box>
      {days.length ? <DayBars days={days} label={scans ? t.daysScans(sum(d => d.count), days.length, scans) : t.days(sum(d => d.count), days.length)} /> : <Box sx={{ color: 'var(--cf-ink3)' }}>{t.noReads}</Box>}
      {scans > 0 && <Aside>{heat.scan} <Docs page="tiering#what-a-scan-is">{heat.scanGuide}</Docs></Aside>}
    </>
  );
}

const Aside = ({ children }: { children: React.ReactNode }) => <Box sx={{ mt: 3, fontSize: 12, color: 'var(--cf-ink2)' }}>{children}</Box>;

/** What was judged, and beside it what that is worth. */
const Figured = ({ children, note }: { children: React.ReactNode; note: React.ReactNode }) => <Box component="span" sx={{ display: 'inline-flex', gap: 3, alignItems: 'center' }}><span>{children}</span>{note && <Quiet>{note}</Quiet>}</Box>;
