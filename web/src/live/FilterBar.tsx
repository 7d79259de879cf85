import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { suggestions, type Hint } from '../filter/fields';
import { add, join, split, type Term } from '../filter/terms';
import { visible } from '../lib/format';
import { useKeys, useKeysOn } from '../lib/hooks';
import type { FilterProblem } from '../stream/core/link';
import { text } from '../text';
import { Docs } from '../ui/Docs';
import { Icon, Line } from '../ui/Icon';
import { KeyCap, Mono } from '../ui/text';
import { Chip, Field, Hints } from './filter-look';

const t = text.filter;
interface Props {
  value: string;
  /** What the server refused, if it did. */
  problem: FilterProblem | null;
  onChange: (filter: string) => void;
  seen: (field: string) => readonly Hint[];
  leading: ReactNode;
  trailing?: ReactNode;
}

/** Chips and a line to type in. The server reads the language; what it refuses goes back into the line, with its reason. */
export function FilterBar({ value, problem: told, onChange, seen, leading, trailing }: Props) {
  const [draft, setDraft] = useState(''), [open, setOpen] = useState(false), [at, setAt] = useState(-1), input = useRef<HTMLInputElement>(null), help = useRef<HTMLDivElement>(null), id = useId(), refused = useRef(''), [forgotten, forget] = useState<FilterProblem | null>(null), problem = told === forgotten ? null : told;
  const terms = split(value), hints = suggestions(draft, seen), show = open && hints.length > 0;
  const single = useKeysOn();
  useKeys({ '/': () => input.current?.focus() });
  // Refused: what was tried comes back to be mended, and goes with its refusal unless somebody typed on.
  useEffect(() => {
    const before = refused.current, words = told && told.filter !== value ? rest(told.filter, value) : '';
    refused.current = words;
    setDraft(d => words || (d === before ? '' : d));
  }, [told, value]);
  const change = (words: string) => { setDraft(words); setAt(-1); setOpen(true); forget(told); };
  const commit = (words: string) => { if (words.trim()) { setDraft(''); setOpen(false); onChange(add(value, words.trim())); } };
  const take = (hint: string) => { if (/[:>]$/.test(hint)) change(hint); else commit(hint); };
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); setOpen(true); if (hints.length) setAt(i => (e.key === 'ArrowDown' ? (i + 1) % hints.length : (i <= 0 ? hints.length : i) - 1)); }
    else if (e.key === 'Tab' && show && draft && !e.shiftKey) { e.preventDefault(); take(hints[Math.max(0, at)][0]); }
    else if (e.key === 'Enter') { e.preventDefault(); if (at >= 0 && show) take(hints[at][0]); else commit(draft); }
    else if (e.key === 'Backspace' && !draft && terms.length) onChange(join(terms.slice(0, -1)));
    else if (e.key === 'Escape') { if (show) setOpen(false); else input.current?.blur(); }
  };
  return (
    <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
      <Field data-bad={problem !== null} data-full={terms.length > 0 && !draft} onMouseDown={e => { if (e.target === e.currentTarget) { e.preventDefault(); input.current?.focus(); } }}>
        {leading}
        {terms.map(x => <TermChip key={x.raw} term={x} onRemove={() => onChange(join(terms.filter(y => y !== x)))} />)}
        <input ref={input} value={draft} aria-label={t.label} role="combobox" aria-expanded={show} aria-controls={`${id}-hints`} aria-autocomplete="list" aria-activedescendant={show && at >= 0 ? `${id}-${at}` : undefined} aria-invalid={problem !== null} aria-describedby={problem ? `${id}-problem` : undefined}
          spellCheck={false} autoComplete="off" autoCapitalize="none" placeholder={terms.length ? '' : t.placeholder} onChange={e => change(e.target.value)} onFocus={() => setOpen(true)} onBlur={e => { if (help.current?.contains(e.relatedTarget)) return; setOpen(false); if (!problem) commit(draft); }} onKeyDown={keys} />
        {terms.length > 0 ? <Tooltip title={t.clear}><IconButton className="end" size="small" aria-label={t.clear} onClick={() => onChange('')}><Icon name="close" /></IconButton></Tooltip> : single && <Box className="end" sx={{ display: { xs: 'none', md: 'block' } }}><KeyCap>/</KeyCap></Box>}
        <Hints ref={help} hidden={!show}>
          <ul id={`${id}-hints`} role="listbox" aria-label={t.suggestions}>{hints.map(([h, says], i) => (
            <li key={h} id={`${id}-${i}`} role="option" aria-selected={i === at} onMouseEnter={() => setAt(i)} onMouseDown={e => { e.preventDefault(); take(h); }}><Mono>{visible(h)}</Mono><small>{says}</small></li>
          ))}</ul>
          <p><Docs page="filter-language" onBlur={() => setOpen(false)}>{t.language}</Docs></p>
        </Hints>
        {problem && <Problem id={`${id}-problem`} problem={problem} onTake={words => { setDraft(''); onChange(words); }} />}
      </Field>
      {trailing}
    </Box>
  );
}

function TermChip({ term, onRemove }: { term: Term; onRemove: () => void }) {
  return <Chip data-not={term.not}><span title={visible(term.raw)}>{term.lead ? <><em>{term.not ? '-' : ''}{term.lead}</em>{visible(term.rest)}</> : visible(term.raw)}</span><button type="button" aria-label={t.remove(visible(term.raw))} onClick={onRemove}><Line name="close" size={12} /></button></Chip>;
}

function Problem({ id, problem: p, onTake }: { id: string; problem: FilterProblem; onTake: (filter: string) => void }) {
  const mended = mend(p);
  return (
    <Box id={id} role="alert" sx={{ position: 'absolute', top: '100%', left: 0, mt: '4px', p: '4px 8px', fontSize: 12, color: 'var(--cf-bad)', bgcolor: 'var(--cf-panel)', border: '1px solid var(--cf-line)', borderRadius: '6px', boxShadow: 'var(--cf-shadow-pop)', zIndex: 6, maxWidth: '100%', display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'center' }}>
      <span><Place problem={p} /> {visible(p.message)}</span>
      {mended && <Button size="small" sx={{ height: 24 }} onMouseDown={(e: React.MouseEvent) => e.preventDefault()} onClick={() => onTake(mended)}>{t.meant(visible(p.suggestion ?? ''))}</Button>}
      <Docs page="filter-language">{t.language}</Docs>
    </Box>
  );
}

/** Where it is wrong is shown instead of counted: the end of the filter from there on, after a little of what is before. */
function Place({ problem: { filter, position } }: { problem: FilterProblem }) {
  const chars = Array.from(filter);
  if (position === null || position >= chars.length) return null;
  const from = Math.max(0, position - 16);
  return <Mono style={{ marginRight: 6, color: 'var(--cf-ink)' }}>{from > 0 && '…'}{visible(chars.slice(from, position).join(''))}<u>{visible(chars.slice(position, position + 24).join(''))}</u>{position + 24 < chars.length && '…'}</Mono>;
}

/** The refused filter with the word, or the whole piece, at its position replaced; of `size > 5` the field before it too. */
function mend(p: FilterProblem): string | null {
  if (!p.suggestion || p.position === null) return null;
  const chars = Array.from(p.filter), tail = chars.slice(p.position).join('');
  const word = (/[:<>=]/.test(p.suggestion) ? /^[:<>=]+\s*[^\s()]*|^[^\s()]+/ : /^[\w.]+/).exec(tail);
  if (!word) return null;
  const field = /^\w+/.exec(p.suggestion)?.[0].toLowerCase(), before = chars.slice(0, p.position).join('');
  const head = /^[:<>=]/.test(tail) ? before.replace(/\w+\s+$/, (w) => (w.trim().toLowerCase() === field ? '' : w)) : before;
  return head + p.suggestion + tail.slice(word[0].length);
}
/** What `tried` has beyond `value`. */
const rest = (tried: string, value: string): string => (value && tried.startsWith(value) ? tried.slice(value.length).trim() : tried);
