import { useState, type MouseEvent } from 'react';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { later } from '../lib/later';
import { text } from '../text';
import { Icon } from '../ui/Icon';
import { boxed } from './filter-look';

const ColumnChooser = later(() => import('./wanted').then(m => m.ColumnChooser));

export function ColumnsButton({ phone }: { phone: boolean }) {
  const [at, setAt] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title={text.columns.title}><IconButton aria-label={text.columns.title} aria-haspopup="dialog" sx={phone ? { ...boxed, width: 38, height: 32 } : boxed} onClick={(e: MouseEvent<HTMLElement>) => setAt(e.currentTarget)}><Icon name="table" /></IconButton></Tooltip>
      {at && <ColumnChooser at={at} phone={phone} onClose={() => setAt(null)} />}
    </>
  );
}
