import { useState, type MouseEvent } from 'react';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { later } from '../lib/later';
import { text } from '../text';
import { Icon } from '../ui/Icon';

const SavedList = later(() => import('./wanted').then(m => m.SavedList));

/** The way to the filters that a person keeps on the server, and to the shared ones. */
export function SavedFilters({ filter, onTake }: { filter: string; onTake: (expression: string) => void }) {
  const [at, setAt] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title={text.saved.title}><IconButton size="small" aria-label={text.saved.title} aria-haspopup="dialog" onClick={(e: MouseEvent<HTMLElement>) => setAt(e.currentTarget)} sx={{ ml: '-4px' }}><Icon name="bookmark" /></IconButton></Tooltip>
      {at && <SavedList at={at} filter={filter} onTake={onTake} onClose={() => setAt(null)} />}
    </>
  );
}
