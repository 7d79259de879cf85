import { useState, type MouseEvent } from 'react';
import { Box, IconButton, Menu, MenuItem, Tooltip } from '@mui/material';
import { text } from '../text/en';
import { Icon } from '../ui/Icon';

/** Everything in the log that passes the filter, streamed by the server into a file. */
export function Exports({ filter, range }: { filter: string; range: readonly [number, number] | null }) {
  const [at, setAt] = useState<HTMLElement | null>(null), t = text.live;
  const link = (format: string): string => {
    const q = new URLSearchParams({ format });
    if (filter) q.set('filter', filter);
    if (range) { q.set('since', new Date(range[0]).toISOString()); q.set('until', new Date(range[1]).toISOString()); }
    return `/api/stream/export?${q}`;
  };
  return (
    <>
      <Tooltip title={t.export}><IconButton aria-label={t.export} aria-haspopup="menu" sx={{ width: 36, height: 36, border: '1px solid var(--cf-edge)', bgcolor: 'var(--cf-panel)' }} onClick={(e: MouseEvent<HTMLElement>) => setAt(e.currentTarget)}><Icon name="download" /></IconButton></Tooltip>
      <Menu anchorEl={at} open={!!at} onClose={() => setAt(null)}>
        <Box component="li" role="presentation" sx={{ px: 2, py: 1, color: 'var(--cf-ink3)', fontSize: 12, maxWidth: 260, listStyle: 'none' }}>{filter ? t.exportFilter : t.exportAll}</Box>
        {Object.entries(t.exports).map(([format, [name, says]]) => (
          <MenuItem key={format} component="a" href={link(format)} download={`cloudflux-events.${format === 'csv' ? 'csv' : 'ndjson'}`} onClick={() => setAt(null)}><Icon name={format === 'csv' ? 'table' : 'file'} />{name}<Box sx={{ flex: 1 }} /><Box component="span" sx={{ color: 'var(--cf-ink3)', fontSize: 12 }}>{says}</Box></MenuItem>
        ))}
      </Menu>
    </>
  );
}
