/** The forms a language has for a number of things; English has two. `#` stands for the number. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export interface Numbers { n: (v: number) => string; plural: (v: number, forms: Forms) => string }

/** Numbers as the viewer writes them, in sentences of the catalogue's language: it has its own rules for plurals. */
export function numbersOf(language: string, locale: string): Numbers {
  const rules = new Intl.PluralRules(language), format = new Intl.NumberFormat(locale), n = (v: number): string => format.format(v);
  return { n, plural: (v, forms) => (forms[rules.select(v)] ?? forms.other).replace(/#/g, n(v)) };
}
/** How the viewer writes numbers and times. */
export const viewer: string = typeof navigator === 'undefined' ? 'en' : navigator.language;
