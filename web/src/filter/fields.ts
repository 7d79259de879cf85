import { text } from '../text';

/** Fields of the filter language that one may type, with what they are for. */
export const FIELDS: readonly (readonly [string, string])[] = Object.entries(text.filter.fields);
export const EXAMPLES: readonly (readonly [string, string])[] = [
  ['type:cloud.*', text.filter.examples.cloud], ['type:cloud.delete', text.filter.examples.removed], ['size>1GB', text.filter.examples.big],
  ['name:"*.pdf"', text.filter.examples.pdf], ['time>now-1h', text.filter.examples.hour], ['-type:cloud.download', text.filter.examples.notReads],
];

/** What may be typed, and what it is. */
export type Hint = readonly [string, string];

/** Suggestions for the piece that is being typed: fields, then values of the field. */
export function suggestions(draft: string, values: (field: string) => readonly Hint[]): Hint[] {
  const word = draft.slice(draft.search(/\S*$/)), before = draft.slice(0, draft.length - word.length), not = word.startsWith('-') ? '-' : '', bare = word.slice(not.length);
  if (!word) return draft ? [] : EXAMPLES.slice();
  const m = /^([A-Za-z][\w.]*):(.*)$/.exec(bare);
  if (m) {
    const typed = m[2].replace(/^"/, '').toLowerCase();
    return values(m[1]).filter(([v]) => v.toLowerCase().includes(typed) && v !== m[2]).slice(0, 7).map(([v, says]) => [`${before}${not}${m[1]}:${/^[\w.*:/-]+$/.test(v) ? v : `"${v}"`}`, says] as const);
  }
  return FIELDS.filter(([f]) => f.startsWith(bare.toLowerCase())).slice(0, 7).map(([f, says]) => [`${before}${not}${f}${/^(size|amount|accesses|confidence|progress|time|recorded)$/.test(f) ? '>' : ':'}`, says] as const);
}
