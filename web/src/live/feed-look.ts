import { keyframes, styled } from '@mui/material/styles';

const arrive = keyframes`from{background-color:color-mix(in srgb,var(--cf-accent) 16%,transparent)}to{background-color:transparent}`;
const cut = { overflow: 'hidden', textOverflow: 'ellipsis' };

/** One stylesheet for all rows: emotion runs once here and never inside a row. */
export const Table = styled('div')({
  display: 'flex', flexDirection: 'column', minHeight: 0, flex: 1, position: 'relative', containerType: 'inline-size', contain: 'content',
  '& .head, & .row': { display: 'grid', gridTemplateColumns: 'var(--columns)', columnGap: 12, alignItems: 'center', padding: '0 16px' },
  '& .head': { position: 'relative', height: 32, flex: 'none', fontSize: 12, fontWeight: 500, color: 'var(--cf-ink3)', borderBottom: '1px solid var(--cf-line)' },
  // The way back to the newest row lies in the head, in what the name of the widest column leaves free, and covers no row.
  '& .head.over': { position: 'absolute', zIndex: 4, top: 0, insetInline: 0, border: 0, pointerEvents: 'none', '& button': { gridColumn: 'var(--name)', justifySelf: 'end', pointerEvents: 'auto' } },
  '& .view': { flex: 1, minHeight: 0, overflowY: 'auto', overflowX: 'hidden', position: 'relative', overflowAnchor: 'none', '&:focus-visible': { outlineOffset: -2 } },
  '& .row': { position: 'absolute', insetInline: 0, top: 0, cursor: 'pointer', borderBottom: '1px solid color-mix(in srgb, var(--cf-line) 60%, transparent)', letterSpacing: '-0.003em', fontVariantNumeric: 'tabular-nums' },
  '& .row:hover': { backgroundColor: 'var(--cf-hover)' }, '& .row.current': { backgroundColor: 'var(--cf-accentSoft)', boxShadow: 'inset 2px 0 0 var(--cf-accent)' },
  '& .row.fresh': { animation: `${arrive} 1.2s ease-out`, '@media (prefers-reduced-motion: reduce)': { animation: 'none' } },
  '& .row.simulated': { backgroundImage: 'repeating-linear-gradient(-45deg, color-mix(in srgb, var(--cf-ink) 5%, transparent) 0 6px, transparent 6px 12px)' },
  '& .sim': { flex: 'none', alignSelf: 'center', fontStyle: 'normal', fontSize: 11, fontWeight: 500, color: 'var(--cf-ink2)', border: '1px dashed var(--cf-ink3)', borderRadius: 4, padding: '0 5px', lineHeight: '16px', background: 'var(--cf-panel)' },
  '& .row > span': { minWidth: 0, whiteSpace: 'nowrap', ...cut }, '& .row > .type': { display: 'flex' },
  '& .row .time': { font: '12px "JetBrains Mono", monospace', letterSpacing: '-0.04em', color: 'var(--cf-ink3)' },
  '& .name': { display: 'flex', alignItems: 'baseline', gap: 8 }, '& .name b': { fontWeight: 530, flex: '0 1 auto', ...cut }, '& .name small': { fontSize: 12, color: 'var(--cf-ink3)', flex: '1 100 0', minWidth: 0, ...cut },
  '& .foot': { display: 'flex', justifyContent: 'center', padding: '8px 16px 16px', color: 'var(--cf-ink3)', fontSize: 12 }, '& .num': { textAlign: 'right' }, '& .heat': { paddingLeft: 10 }, '& .row .op, & .row .provider, & .row .source, & .row .user': { color: 'var(--cf-ink2)' }, '& .row .age': { color: 'var(--cf-ink3)' }, '& .none': { color: 'var(--cf-edge)' },
  '& .row.gap': { cursor: 'default', display: 'flex', justifyContent: 'center', color: 'var(--cf-warn)', background: 'color-mix(in srgb, var(--cf-warn) 7%, transparent)', borderBlock: '1px dashed color-mix(in srgb, var(--cf-warn) 45%, transparent)', '& > span': { display: 'flex', alignItems: 'center', gap: 8 } },
  '@container (max-width: 980px)': { '& .name small': { display: 'none' } },
  '&.phone': {
    '& .head': { display: 'none' }, '& .head.over': { display: 'flex', justifyContent: 'center', top: 6 }, '& .row': { display: 'flex', gap: 12, padding: '0 14px' }, '& .badge': { flex: 'none', display: 'grid', placeItems: 'center', width: 32, height: 32, borderRadius: 8 }, '& .main': { flex: 1, display: 'grid', gap: 1 },
    '& .first': { display: 'flex', gap: 6, alignItems: 'center', minWidth: 0 }, '& .first b': { fontWeight: 550, ...cut }, '& .second': { fontSize: 12, color: 'var(--cf-ink3)', ...cut }, '& .side': { flex: 'none', display: 'grid', justifyItems: 'end', gap: 1, fontSize: 12 },
    '& .row.gap': { fontSize: 12, '& > span': { whiteSpace: 'normal', lineHeight: 1.3 } },
  },
});

export const Fresh = styled('button')({
  display: 'inline-flex', alignItems: 'center', gap: 6, height: 26, padding: '0 12px 0 8px', borderRadius: 15, border: 0, background: 'var(--cf-inverse)', color: 'var(--cf-onInverse)',
  font: '550 12px/1 "Inter Variable", sans-serif', fontVariantNumeric: 'tabular-nums', boxShadow: 'var(--cf-shadow-pop)', cursor: 'pointer', '.phone &': { height: 30, flex: 'none' },
});
