import { Suspense, lazy, useState, type ComponentType, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import { text } from '../text';
import { Blank } from '../ui/Blank';
import { hidden } from '../ui/text';
import { partIsMissing, partIsThere } from './newer';

/** What stands in the place of a part that is not to be had: of a room (which has the heading of its page), of a panel, or nothing but the notice that tells of it. */
type Instead = 'room' | 'panel' | 'nothing';
const unloaded = (instead: Instead) => function Unloaded() {
  if (instead === 'nothing') return null;
  return <>{instead === 'room' && <h1 style={hidden}>{text.name}</h1>}<Blank icon="refresh" title={text.newer.part} action={<Button variant="contained" onClick={() => location.reload()}>{text.error.reload}</Button>}>{text.newer.partNote}</Blank></>;
};

/**
 * A part of the page that is loaded when it is wanted. One that is not to be had, since the server that we came from was
 * replaced or does not answer, is asked for again when it is next opened; after an upgrade only a reload brings it.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, instead: Instead = 'nothing', wait: ReactNode = null): ComponentType<P> {
  let kept: ComponentType<P> | null = null;
  const there = (part: ComponentType<P>) => { partIsThere(load); return { default: part }; };
  const failed = () => { kept = null; if (instead === 'nothing') partIsMissing(load); return { default: unloaded(instead) as ComponentType<P> }; };
  const part = (): ComponentType<P> => (kept ??= lazy<ComponentType<P>>(() => load().then(there, failed)) as unknown as ComponentType<P>);
  return function Later(props: P) {
    const [Part] = useState<ComponentType<P>>(() => part());
    return <Suspense fallback={wait}><Part {...props} /></Suspense>;
  };
}
