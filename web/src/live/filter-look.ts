import { styled } from '@mui/material/styles';

export const Field = styled('div')({
  position: 'relative', display: 'flex', alignItems: 'center', flexWrap: 'wrap', gap: 4, flex: 1, minWidth: 0, minHeight: 36, padding: '3px 34px 3px 10px', borderRadius: 6, border: '1px solid var(--cf-edge)', background: 'var(--cf-panel)',
  '&:focus-within': { borderColor: 'var(--cf-accent)', boxShadow: '0 0 0 1px var(--cf-accent)' }, '&[data-bad=true]': { borderColor: 'var(--cf-bad)' }, '& .end': { position: 'absolute', top: 5, right: 6 },
  '& input': { flex: 1, minWidth: 120, height: 26, border: 0, outline: 0, background: 'none', color: 'var(--cf-ink)', textOverflow: 'ellipsis', font: '13px "JetBrains Mono", monospace', letterSpacing: '-0.02em' },
  // Behind chips the line needs no room of its own until somebody types; a press anywhere beside them begins that.
  cursor: 'text', '&[data-full=true] input:not(:focus)': { minWidth: 0 },
  '& input::placeholder': { color: 'var(--cf-ink3)', fontFamily: '"Inter Variable"', letterSpacing: 0, opacity: 1 },
  '@media (max-width: 599px)': { '& input': { fontSize: 16 }, '& input:focus': { minWidth: 60 }, '& input::placeholder': { fontSize: 13 } },
});
export const Chip = styled('span')({
  display: 'inline-flex', alignItems: 'center', height: 26, borderRadius: 4, background: 'var(--cf-sunken)', border: '1px solid var(--cf-line)', font: '12px "JetBrains Mono", monospace', letterSpacing: '-0.02em', color: 'var(--cf-ink)', maxWidth: 'min(420px, 100%)',
  '& > span': { padding: '0 0 0 7px', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }, '& em': { fontStyle: 'normal', color: 'var(--cf-ink3)' },
  '&[data-not=true]': { background: 'color-mix(in srgb, var(--cf-bad) 8%, var(--cf-panel))', '& em': { color: 'var(--cf-bad)' } },
  '& button': { all: 'unset', display: 'grid', placeItems: 'center', flex: 'none', width: 24, height: 24, color: 'var(--cf-ink3)', cursor: 'pointer', borderRadius: 4, '&:hover': { color: 'var(--cf-ink)' }, '&:focus-visible': { outline: '2px solid var(--cf-accent)', outlineOffset: -2 } },
});
export const Hints = styled('div')({
  position: 'absolute', zIndex: 5, top: '100%', left: 0, marginTop: 6, width: 400, maxWidth: '100%', background: 'var(--cf-panel)', border: '1px solid var(--cf-line)', borderRadius: 8, boxShadow: 'var(--cf-shadow-pop)', cursor: 'default',
  '& ul': { margin: 0, padding: 4, listStyle: 'none' }, '& p': { margin: 0, padding: '8px 12px', fontSize: 12, borderTop: '1px solid var(--cf-line)' },
  '& li': { display: 'flex', alignItems: 'center', gap: 12, height: 32, padding: '0 8px', borderRadius: 6, cursor: 'pointer', whiteSpace: 'nowrap' }, '& li[aria-selected=true]': { background: 'var(--cf-hover)' },
  '& small': { marginLeft: 'auto', fontSize: 12, color: 'var(--cf-ink3)', overflow: 'hidden', textOverflow: 'ellipsis' },
});
/** A button as tall as the line beside which it stands. */
export const boxed = { width: 36, height: 36, border: '1px solid var(--cf-edge)', bgcolor: 'var(--cf-panel)' } as const;
