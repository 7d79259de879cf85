import { text as en } from './en';

/** What a translation has to be: the same keys, sentences for sentences, with its own plurals (`plural.ts`). */
type Translation<T> = T extends string ? string : T extends (...given: infer A) => string ? (...given: A) => string : { readonly [K in keyof T]: Translation<T[K]> };
export type Catalogue = Translation<typeof en>;

/**
 * Every word of the page comes from here. A language is one more file like `en.ts` that is a `Catalogue`, in this list under
 * its tag: the compiler says what it lacks, and `tools/words.js` (in lint.sh) that no component has words of its own.
 */
const catalogues: Record<string, Catalogue> = { en };
export const text: typeof en = (catalogues[(typeof navigator === 'undefined' ? 'en' : navigator.language).split('-')[0]] ?? en) as typeof en;
