import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Link from '@mui/material/Link';
import type { Overview, Store } from '../api/types';
import { DayBars } from '../charts/DayBars';
import { ago, bytes, count, leaf, NONE, parseTime, visible } from '../lib/format';
import { useNow } from '../lib/hooks';
import { address, go } from '../lib/route';
import { useSession } from '../session/session';
import { SignedOut } from '../session/SignedOut';
import { isTroubled, useStores } from '../stores/data';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { Docs } from '../ui/Docs';
import { Figure, Figures } from '../ui/Figure';
import { Heat } from '../ui/Heat';
import { Notice } from '../ui/Notice';
import { Page, PageHead, Panel } from '../ui/Panel';
import { Quiet } from '../ui/text';
import { ObjectList } from './ObjectList';
import { Shares } from './Shares';
import { isJudged, readsOf, useOverview } from './data';

const t = text.overview;

export function OverviewPage() {
  const { value: o, problem, asking, again } = useOverview(), { stores } = useStores(10_000), expired = useSession().status === 'expired';
  return (
    <Page>
      <PageHead title={text.rooms.overview} note={t.note} />
      <SignedOut seen={o !== null} />
      {problem && <Notice tone="bad" icon="failed" action={<Button onClick={again}>{text.error.again}</Button>}><b>{t.failed}</b> {problem.message}</Notice>}
      {asking && !o && <LinearProgress aria-label={t.loading} sx={{ height: 2, borderRadius: 0 }} />}
      {(o || !expired) && <Totals overview={o} stores={stores} />}
      {o && (o.objects || o.stores.length ? <Known overview={o} stores={stores ?? []} /> : <Panel><Blank icon="overview" title={text.objects.empty} action={<Button variant="contained" onClick={() => go('stores', { connect: '1' })}>{text.live.connect}</Button>}>{text.objects.emptyNote}</Blank></Panel>)}
    </Page>
  );
}

function Totals({ overview: o, stores }: { overview: Overview | null; stores: readonly Store[] | null }) {
  const now = useNow(), month = o && readsOf(o, 30, now), today = o && readsOf(o, 1, now), told = !!o?.reads.length, troubled = stores?.filter(isTroubled).length ?? 0;
  return (
    <Figures role="group" aria-label={t.totals}>
      <Figure label={t.objects} value={count(o?.objects)} note={t.inStores(o?.stores.length ?? null)} />
      <Figure label={t.stored} value={bytes(o?.bytes)} note={o && o.objects ? t.each(bytes(o.bytes / o.objects)) : NONE} />
      <Figure label={t.readsMonth} value={told ? count(month?.reads) : NONE} note={told ? t.today(today!.reads) : t.noReads} />
      <Figure label={t.scansMonth} value={told ? count(month?.scans) : NONE} note={troubled ? t.troubled(troubled) : t.scansNote} tone={troubled ? 'var(--cf-warn)' : undefined} />
    </Figures>
  );
}

/** What is not known is hatched. */
const UNKNOWN = 'repeating-linear-gradient(-45deg, var(--cf-ink3) 0 1.5px, transparent 1.5px 4px)';
/** Three panels; where there is room for two in a line, the last has one of its own. */
const three = { display: 'grid', gap: 4, gridTemplateColumns: { xs: 'minmax(0,1fr)', md: 'repeat(2,minmax(0,1fr))', lg: 'repeat(3,minmax(0,1fr))' }, '& > :last-child': { gridColumn: { md: '1 / -1', lg: 'auto' } } } as const;
const two = { display: 'grid', gap: 4, gridTemplateColumns: { xs: 'minmax(0,1fr)', md: 'repeat(2,minmax(0,1fr))' } } as const;

function Known({ overview: o, stores }: { overview: Overview; stores: readonly Store[] }) {
  const now = useNow(), days = o.reads.map(d => ({ day: d.day, count: d.reads })), month = readsOf(o, 90, now), fresh = freshness(stores, now);
  return (
    <>
      <Panel title={t.readsByDay} note={fresh}>
        <Box sx={{ px: 4, pb: 3 }}>{days.length ? <DayBars days={days} label={t.daysLabel(month.reads, month.scans)} height={132} /> : <Box sx={{ color: 'var(--cf-ink2)', pb: 2, maxWidth: 720 }}>{t.noReadsWhy}</Box>}</Box>
      </Panel>
      <Box sx={three}>
        <Panel title={t.byStore} note={t.bytesNote}><Shares label={t.byStore} items={[...o.stores].sort((a, b) => b.bytes - a.bytes).map(s => ({ key: s.id, label: visible(s.bucket.startsWith('/') ? leaf(s.bucket) : s.bucket), note: t.count(s.objects), value: s.bytes, text: bytes(s.bytes), href: address('objects', { store: s.id }) }))} /></Panel>
        <Panel title={t.byClass} note={t.bytesNote}><Shares label={t.byClass} items={[...o.classes].sort((a, b) => b.bytes - a.bytes).map(c => ({ key: c.storage_class ?? '', label: c.storage_class ? visible(c.storage_class) : t.noClass, note: t.count(c.objects), value: c.bytes, text: bytes(c.bytes) }))} /></Panel>
        <Temperatures overview={o} />
      </Box>
      <Box sx={two}>
        <Panel title={t.hottest} note={t.hottestNote} action={<Link href={address('objects', { sort: 'accesses' })} sx={{ display: 'inline-grid', placeItems: 'center', minWidth: 32, minHeight: 32, mr: 1 }}>{t.all}</Link>}>
          {o.hottest?.length ? <ObjectList label={t.hottest} objects={o.hottest} /> : <Words>{o.hottest ? t.noneHot : t.tooMany}</Words>}
        </Panel>
        <Panel title={t.coldest} note={t.coldestNote}>
          {o.coldest?.length ? <ObjectList cold label={t.coldest} objects={o.coldest} /> : <Words>{!o.coldest ? t.tooMany : isJudged(o) ? t.noneCold : t.noneJudged}</Words>}
        </Panel>
      </Box>
    </>
  );
}

const Words = ({ children }: { children: ReactNode }) => <Box sx={{ px: 4, pb: 4, color: 'var(--cf-ink2)', maxWidth: 720 }}>{children}</Box>;

function Temperatures({ overview: o }: { overview: Overview }) {
  if (!isJudged(o)) return <Panel title={t.byTemperature}><Words>{t.noneJudged} {text.temperature.from} <Docs page="tiering">{text.temperature.guide}</Docs></Words></Panel>;
  return (
    <Panel title={t.byTemperature} note={t.bytesNote}><Shares label={t.byTemperature} items={o.temperatures.map(({ data_temperature: heat, ...of }) => ({
      key: heat ?? '', label: heat ? <Heat value={heat} /> : <Quiet>{text.temperature.none}</Quiet>, note: t.count(of.objects), value: of.bytes, text: bytes(of.bytes),
      href: address('objects', { temperature: heat ?? 'NONE', sort: 'size' }), tone: heat ? `var(--cf-${heat.toLowerCase()}Fill)` : UNKNOWN,
    }))} /></Panel>
  );
}

/** How far behind what is known of reads is, where something tells of them. */
function freshness(stores: readonly Store[], now: number): string | undefined {
  const times = stores.flatMap(s => (s.access_data ? [parseTime(s.access_data.through)] : []));
  if (!times.length) return undefined;
  const known = times.filter(x => x !== null) as number[];
  return known.length < times.length ? t.readsNotYet : t.readsThrough(ago(Math.min(...known), now));
}
