import { styled } from '@mui/material/styles';
import { UNSEEN, hex } from '../lib/format';

const Code = styled('pre')({
  margin: 0, padding: 12, borderRadius: 8, background: 'var(--cf-sunken)', border: '1px solid var(--cf-line)', font: '12px/1.65 "JetBrains Mono", monospace', letterSpacing: '-0.02em',
  overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', color: 'var(--cf-ink2)',
  '& b': { fontWeight: 400, color: 'var(--cf-ink)' }, '& i': { fontStyle: 'normal', color: 'var(--cf-accent)' }, '& u': { textDecoration: 'none', color: 'var(--cf-fam-migration)' },
});
const TOKENS = /("(?:[^"\\]|\\.)*"(?:\s*:)?|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|\btrue\b|\bfalse\b|\bnull\b)/g;

/** JSON, what cannot be seen in it escaped, with its keys, strings and numbers told apart. */
export function Json({ value, label }: { value: unknown; label: string }) {
  const parts = (JSON.stringify(value, null, 2) ?? '').replace(UNSEEN, c => (c === '\n' ? c : `\\u${hex(c)}`)).split(TOKENS);
  return <Code tabIndex={0} role="group" aria-label={label}>{parts.map((p, i) => {
    if (/^".*:$/s.test(p)) return <b key={i}>{p}</b>;
    if (p.startsWith('"')) return <i key={i}>{p}</i>;
    return /^(-?\d|true|false|null)/.test(p) ? <u key={i}>{p}</u> : p;
  })}</Code>;
}
