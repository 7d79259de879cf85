import { text } from '../text';

/** Puts words into the clipboard, and says so. */
export async function copy(words: string, said: string, note: (words: string) => void): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    note(said);
  } catch {
    note(text.detail.notCopied);
  }
}
