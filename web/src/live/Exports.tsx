import { text } from '../text';
import { Icon } from '../ui/Icon';
import { MenuButton } from '../ui/MenuButton';
import { boxed } from './filter-look';

const t = text.live;

/** Everything in the log that passes the filter, streamed by the server into a file. */
export function Exports({ filter, range }: { filter: string; range: readonly [number, number] | null }) {
  const link = (format: string): string => {
    const q = new URLSearchParams({ format });
    if (filter) q.set('filter', filter);
    if (range) { q.set('since', new Date(range[0]).toISOString()); q.set('until', new Date(range[1]).toISOString()); }
    return `/api/stream/export?${q}`;
  };
  return (
    <MenuButton label={t.export} sx={boxed} items={() => [
      { head: range ? t.exportRange : filter ? t.exportFilter : t.exportAll },
      ...Object.entries(t.exports).map(([format, [name, says]]) => ({ icon: format === 'csv' ? 'table' : 'file', label: name, note: says, href: link(format), download: `cloudflux-events.${format === 'csv' ? 'csv' : 'ndjson'}`, onClick: () => undefined } as const)),
    ]}><Icon name="download" /></MenuButton>
  );
}
