import { styled } from '@mui/material/styles';

export const Num = styled('span')({ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' });
export const Mono = styled('span')({ fontFamily: '"JetBrains Mono", ui-monospace, monospace', fontSize: 12, letterSpacing: '-0.02em' });
export const Quiet = styled('span')({ color: 'var(--cf-ink3)' });
export const KeyCap = styled('kbd')({ display: 'inline-grid', placeItems: 'center', minWidth: 20, height: 20, padding: '0 5px', border: '1px solid var(--cf-edge)', borderBottomWidth: 2, borderRadius: 4, background: 'var(--cf-panel)', color: 'var(--cf-ink2)', font: '500 11px/1 "Inter Variable", sans-serif' });

/** For screen readers only. */
export const hidden = { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' } as const;
