import Box from '@mui/material/Box';
import type { Store } from '../api/types';
import { ago, moment, parseTime, visible } from '../lib/format';
import { useNow } from '../lib/hooks';
import { text } from '../text';
import { Tag } from '../ui/Badge';
import { Docs } from '../ui/Docs';
import { Notice } from '../ui/Notice';
import { Mono, Quiet } from '../ui/text';
import { tellsOfReads } from './data';

const t = text.stores.access, DAY = 86_400_000;

/** Up to when a store's reads are known, and from how much that was read. */
export function Reads({ store: s }: { store: Store }) {
  const now = useNow(), a = s.access_data;
  if (!a) return <Quiet>{tellsOfReads(s) ? t.atOnce : t.unknown}</Quiet>;
  const through = parseTime(a.through), old = through === null || now - through > DAY;
  return (
    <Box sx={{ display: 'grid', gap: '2px', justifyItems: 'start' }} title={[...(through === null ? [] : [moment(through)]), t.files(a.files)].join(' · ')}>
      <Tag tone={a.trouble ? 'var(--cf-warn)' : old ? 'var(--cf-ink2)' : 'var(--cf-ok)'} icon={a.trouble ? 'warn' : old ? 'clock' : 'check'}>{through === null ? t.none : t.through(ago(through, now))}</Tag>
      <small style={small}>{[a.files ? t.lines(a.lines) : t.noFiles, ...(a.unreadable_lines ? [t.unreadable(a.unreadable_lines)] : [])].join(' · ')}</small>
    </Box>
  );
}
const small = { fontSize: 12, lineHeight: 1.35, color: 'var(--cf-ink3)', fontVariantNumeric: 'tabular-nums' } as const;

/** What is wrong with the access logs of a store. */
export function ReadsNotice({ store: s }: { store: Store }) {
  return <Notice tone="warn" icon="warn"><b>{visible(s.url)}</b>: {visible(s.access_data!.trouble!)} {t.troubleWhat} <Docs page="s3-store#access-logs">{t.guide}</Docs></Notice>;
}

/** For buckets whose reads nobody tells of: what it takes. */
export function ReadsUnknown({ stores }: { stores: readonly Store[] }) {
  return (
    <Box sx={{ px: 4, fontSize: 12, color: 'var(--cf-ink2)', overflowWrap: 'anywhere' }}>
      {t.unknownOf(stores.map(s => visible(s.url)))} {t.add[0]} <Mono>{t.add[1]}</Mono> {t.add[2]} <Docs page="s3-store#access-logs">{t.guide}</Docs>
    </Box>
  );
}
