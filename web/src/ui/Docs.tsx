import type { ReactNode } from 'react';
import { styled } from '@mui/material/styles';
import { text } from '../text';

const Anchor = styled('a')({ color: 'var(--cf-accent)', textUnderlineOffset: 3, '&:not(:hover)': { textDecorationColor: 'color-mix(in srgb, currentColor 40%, transparent)' }, '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: 2, borderRadius: 2 } });

/** Where the server's own documentation lies; it is read without the network. */
export const docs = (page = ''): string => `/docs${page && `/${page}`}`;
/** A page of it, in a tab of its own, so that nothing here is lost. */
export function Docs({ page, children, onBlur }: { page?: string; children: ReactNode; onBlur?: () => void }) {
  return <Anchor href={docs(page)} target="_blank" rel="noopener" title={text.shell.newTab} onBlur={onBlur} onMouseDown={e => e.preventDefault()}>{children}</Anchor>;
}
