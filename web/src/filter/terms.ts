/**
 * Splits a filter into the pieces that stand side by side, for chips. The server reads the language; the page only needs
 * to know where a piece ends: quotes and brackets hold together, and what is joined by OR is one piece.
 */
export interface Term {
  raw: string;
  /** The field and operator with which it starts, like `type:`; empty for bare text and groups. */
  lead: string;
  rest: string;
  not: boolean;
}

const LEAD = /^(-?)([A-Za-z][\w.]*(?::|=|>=|<=|>|<))/;

export function split(text: string): Term[] {
  const words = wordsOf(text), terms: string[] = [];
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 'AND' && terms.length) continue;
    if (words[i] === 'NOT' && words[i + 1] !== undefined) { terms.push(`NOT ${words[++i]}`); continue; }
    terms.push(words[i]);
  }
  // OR binds weaker than standing side by side: with one, the whole is a single piece.
  return terms.includes('OR') ? [describe(words.join(' '))] : terms.map(describe);
}

function describe(raw: string): Term {
  const m = /\sOR\s/.test(raw) ? null : LEAD.exec(raw);
  return m ? { raw, lead: m[2], rest: raw.slice(m[0].length), not: m[1] === '-' } : { raw, lead: '', rest: raw, not: /^(-|NOT )/.test(raw) };
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word = '', depth = 0, quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\' && i + 1 < text.length) { word += c + text[++i]; continue; }
    if (c === '"') quoted = !quoted;
    else if (!quoted && c === '(') depth++;
    else if (!quoted && c === ')') depth = Math.max(0, depth - 1);
    if (/\s/.test(c) && !quoted && depth === 0) { if (word) words.push(word); word = ''; } else word += c;
  }
  if (word) words.push(word);
  return words;
}

export const join = (terms: readonly Term[]): string => terms.map(t => t.raw).join(' ');

/** Adds a piece; a filter that is an OR of alternatives goes into brackets first. */
export function add(text: string, raw: string): string {
  const have = split(text);
  if (!raw.trim() || have.some(t => t.raw === raw)) return text;
  const left = have.length === 1 && /(^|\s)OR(\s|$)/.test(outside(have[0].raw)) ? `(${have[0].raw})` : join(have);
  const right = /(^|\s)OR(\s|$)/.test(outside(raw)) && left ? `(${raw})` : raw;
  return [left, right].filter(Boolean).join(' ');
}
/** What stands outside brackets and quotes. */
const outside = (raw: string): string => wordsOf(raw).map(w => (/[("]/.test(w) ? 'x' : w)).join(' ');

export const remove = (text: string, raw: string): string => join(split(text).filter(t => t.raw !== raw));
export const toggle = (text: string, raw: string): string => (split(text).some(t => t.raw === raw) ? remove(text, raw) : add(text, raw));

/** `field:value`, quoted where the language needs it; `*` stays literal. */
export function term(field: string, value: string | number, not = false): string {
  const escaped = String(value).replace(/[\\"*]/g, c => `\\${c}`);
  return `${not ? '-' : ''}${field}:${/^[\w.:/\\-]+$/.test(escaped) && !/^-/.test(escaped) ? escaped : `"${escaped}"`}`;
}

/** Turns one of several `type:` alternatives on or off, as `(type:a OR type:b)`. */
export function toggleAlternative(text: string, raw: string, family: readonly string[]): string {
  const terms = split(text), at = terms.findIndex(t => alternatives(t, family) !== null), have = at < 0 ? [] : alternatives(terms[at], family)!;
  const next = have.includes(raw) ? have.filter(x => x !== raw) : [...have, raw];
  const piece = next.length > 1 ? `(${next.join(' OR ')})` : next[0] ?? '';
  const rest = terms.map(t => t.raw);
  if (at < 0) return add(text, piece);
  if (piece) rest[at] = piece; else rest.splice(at, 1);
  return rest.join(' ');
}
/** The members of `family` that a piece lets through, or null when it is something else. */
export function alternatives(t: Term, family: readonly string[]): string[] | null {
  if (family.includes(t.raw)) return [t.raw];
  const parts = wordsOf(t.raw.replace(/^\((.*)\)$/, '$1')).filter((word, i) => i % 2 === 0 || word !== 'OR');
  return parts.every(p => family.includes(p)) ? parts : null;
}

/** Whether a type can pass the `type:` pieces of a filter. For fading the chart; the server decides about events. */
export function typePasses(terms: readonly Term[], type: string): boolean {
  return terms.every(t => {
    const parts = t.raw.replace(/^\((.*)\)$/, '$1').split(' OR ').map(describe);
    if (!parts.every(p => /^type[:=]$/.test(p.lead))) return true;
    return parts.some(p => glob(p.rest).test(type) !== p.not);
  });
}
const glob = (pattern: string): RegExp => new RegExp(`^${pattern.replace(/^"|"$/g, '').replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`, 'i');
