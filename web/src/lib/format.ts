// Numbers, money and times in the viewer's own way; what is not known is "–".
const locale = typeof navigator === 'undefined' ? 'en' : navigator.language;
const whole = new Intl.NumberFormat(locale), one = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const short = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayOf = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const dayUTC = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const exact = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23', timeZoneName: 'short' } as Intl.DateTimeFormatOptions);

export const NONE = '–';
type Maybe = number | null | undefined;
const known = (n: Maybe): n is number => typeof n === 'number' && Number.isFinite(n);

export const count = (n: Maybe): string => (known(n) ? whole.format(n) : NONE);
export const decimal = (n: Maybe): string => (known(n) ? one.format(n) : NONE);
export const percent = (p: Maybe): string => (known(p) ? `${Math.round(p * 100)} %` : NONE);
export const time = (ms: Maybe): string => (known(ms) ? clock.format(ms) : NONE);
export const hour = (ms: number): string => short.format(ms);
export const date = (ms: Maybe): string => (known(ms) ? dayOf.format(ms) : NONE);
export const day = (text: string): string => { const ms = Date.parse(text); return known(ms) ? dayUTC.format(ms) : text; };
export const moment = (ms: Maybe): string => (known(ms) ? exact.format(ms) : NONE);
export const parseTime = (text: string | null | undefined): number | null => { const ms = text ? Date.parse(text) : NaN; return known(ms) ? ms : null; };

export function money(n: number, currency = 'USD'): string {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: Math.abs(n) >= 10_000 ? 0 : 2, minimumFractionDigits: Math.abs(n) >= 10_000 ? 0 : 2 }).format(n);
  } catch {
    return `${one.format(n)} ${currency}`;
  }
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
/** Decimal, one digit. */
export function bytes(n: Maybe): string {
  if (!known(n)) return NONE;
  let i = 0, v = n;
  while (v >= 1000 && i < UNITS.length - 1) { v /= 1000; i++; }
  return `${i === 0 || v >= 100 ? whole.format(Math.round(v)) : one.format(v)} ${UNITS[i]}`;
}

/** "now", "8 s", "4 min", "3 h", "12 d": short, never "about". */
export function ago(ms: Maybe, now: number): string {
  if (!known(ms)) return NONE;
  const s = Math.max(0, Math.floor((now - ms) / 1000));
  if (s < 1) return 'now';
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}
/** Characters that cannot be seen, or that turn round what stands beside them. */
export const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
/** A name as it is shown: what is in it and cannot be seen is written out, so that two names that differ look different. */
export const visible = (name: string): string => name.replace(UNSEEN, c => `⟨U+${hex(c).toUpperCase()}⟩`);
export const hex = (c: string): string => c.charCodeAt(0).toString(16).padStart(4, '0');

/** The folder part of a key, without its last slash. */
export const folder = (key: string): string => key.split('/').slice(0, -1).join('/');
export const leaf = (key: string): string => key.slice(key.lastIndexOf('/') + 1) || key;
