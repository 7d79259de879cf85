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
import { Figure, Figures } from '../ui/Figure';
import { Notice } from '../ui/Notice';
import { Page, PageHead, Panel } from '../ui/Panel';
import { Hottest } from './Hottest';
import { Shares } from './Shares';
import { readsOf, useOverview } from './data';

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

const two = { display: 'grid', gap: 4, gridTemplateColumns: { xs: 'minmax(0,1fr)', md: 'repeat(2,minmax(0,1fr))' } } as const;

function Known({ overview: o, stores }: { overview: Overview; stores: readonly Store[] }) {
  const now = useNow(), days = o.reads.map(d => ({ day: d.day, count: d.reads })), month = readsOf(o, 90, now), fresh = freshness(stores, now);
  return (
    <>
      <Panel title={t.readsByDay} note={fresh}>
        <Box sx={{ px: 4, pb: 3 }}>{days.length ? <DayBars days={days} label={t.daysLabel(month.reads, month.scans)} columns={[text.objects.detail.day, text.objects.detail.readsColumn]} height={132} /> : <Box sx={{ color: 'var(--cf-ink2)', pb: 2, maxWidth: 720 }}>{t.noReadsWhy}</Box>}</Box>
      </Panel>
      <Box sx={two}>
        <Panel title={t.byStore} note={t.bytesNote}><Shares label={t.byStore} items={[...o.stores].sort((a, b) => b.bytes - a.bytes).map(s => ({ key: s.id, label: visible(s.bucket.startsWith('/') ? leaf(s.bucket) : s.bucket), note: t.count(s.objects), value: s.bytes, text: bytes(s.bytes), href: address('objects', { store: s.id }) }))} /></Panel>
        <Panel title={t.byClass} note={t.bytesNote}><Shares label={t.byClass} items={[...o.classes].sort((a, b) => b.bytes - a.bytes).map(c => ({ key: c.storage_class ?? '', label: c.storage_class ? visible(c.storage_class) : t.noClass, note: t.count(c.objects), value: c.bytes, text: bytes(c.bytes) }))} /></Panel>
      </Box>
      <Panel title={t.hottest} note={t.hottestNote} action={<Link href={address('objects', { sort: 'accesses' })} sx={{ pr: 2 }}>{t.all}</Link>}>
        {o.hottest?.length ? <Hottest objects={o.hottest} /> : <Box sx={{ px: 4, pb: 4, color: 'var(--cf-ink2)' }}>{o.hottest ? t.noneHot : t.tooMany}</Box>}
      </Panel>
    </>
  );
}

/** How far behind what is known of reads is, where something tells of them. */
function freshness(stores: readonly Store[], now: number): string | undefined {
  const times = stores.flatMap(s => (s.access_data ? [parseTime(s.access_data.through)] : []));
  if (!times.length) return undefined;
  const known = times.filter(x => x !== null) as number[];
  return known.length < times.length ? t.readsNotYet : t.readsThrough(ago(Math.min(...known), now));
}
