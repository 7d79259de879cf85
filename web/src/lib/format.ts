import { text } from '../text';
import { viewer as locale } from '../text/plural';

// Numbers, money and times in the viewer's own way; what is not known is "–".
const whole = new Intl.NumberFormat(locale), one = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const short = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayHour = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayClock = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const dayOf = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const dayUTC = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const exact = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23', timeZoneName: 'short' } as Intl.DateTimeFormatOptions);

const u = text.units;
export const NONE = u.none;
type Maybe = number | null | undefined;
const known = (n: Maybe): n is number => typeof n === 'number' && Number.isFinite(n);

export const count = (n: Maybe): string => (known(n) ? whole.format(n) : NONE);
export const decimal = (n: Maybe): string => (known(n) ? one.format(n) : NONE);
export const percent = (p: Maybe): string => (known(p) ? u.percent(whole.format(Math.round(p * 100))) : NONE);
/** Of what is only forecast, nothing is certain. */
export const chance = (p: Maybe): string => (!known(p) ? NONE : p < 0.01 ? u.below(percent(0.01)) : p > 0.99 ? u.above(percent(0.99)) : percent(p));
export const time = (ms: Maybe): string => (known(ms) ? clock.format(ms) : NONE);
export const hour = (ms: number): string => short.format(ms);
/** A mark on an axis that is `span` long: with the date once it is longer than a day. */
export const clockOf = (ms: number, span: number): string => (span > 86_400_000 ? dayHour.format(ms) : short.format(ms));
/** A moment of any day, to the second. */
export const stamp = (ms: Maybe): string => (known(ms) ? dayClock.format(ms) : NONE);
export const date = (ms: Maybe): string => (known(ms) ? dayOf.format(ms) : NONE);
export const day = (written: string): string => { const ms = Date.parse(written); return known(ms) ? dayUTC.format(ms) : written; };
export const moment = (ms: Maybe): string => (known(ms) ? exact.format(ms) : NONE);
export const parseTime = (written: string | null | undefined): number | null => { const ms = written ? Date.parse(written) : NaN; return known(ms) ? ms : null; };

export function money(n: number, currency = 'USD'): string {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: Math.abs(n) >= 10_000 ? 0 : 2, minimumFractionDigits: Math.abs(n) >= 10_000 ? 0 : 2 }).format(n);
  } catch {
    return `${one.format(n)} ${visible(currency)}`;
  }
}

const UNITS = u.bytes;
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
  if (s < 1) return u.now;
  if (s < 60) return u.second(whole.format(s));
  if (s < 3600) return u.minute(whole.format(Math.floor(s / 60)));
  if (s < 86400) return u.hour(whole.format(Math.floor(s / 3600)));
  return u.day(whole.format(Math.floor(s / 86400)));
}
/** A length of time, in its largest unit that it is a whole number of. */
export function length(ms: number): string {
  const [unit, word] = ([[86_400_000, u.day], [3_600_000, u.hour], [60_000, u.minute]] as const).find(([of]) => ms % of === 0) ?? [1000, u.second];
  return word(whole.format(ms / unit));
}
/** Characters that cannot be seen, or that turn round what stands beside them. */
export const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
/** A name as it is shown: what is in it and cannot be seen is written out, so that two names that differ look different. */
export const visible = (name: string): string => name.replace(UNSEEN, c => `⟨U+${hex(c).toUpperCase()}⟩`);
export const hex = (c: string): string => c.charCodeAt(0).toString(16).padStart(4, '0');

/** The folder part of a key, without its last slash. */
export const folder = (key: string): string => key.split('/').slice(0, -1).join('/');
export const leaf = (key: string): string => key.slice(key.lastIndexOf('/') + 1) || key;
