import { visible } from '../lib/format';
import { text } from '../text';

/** A problem document (RFC 9457), or the lack of any answer (status 0). */
export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly code: string | null = null, readonly position: number | null = null, readonly suggestion: string | null = null) {
    super(message);
  }
}

let csrf: string | null = null;
let onSignedOut: () => void = () => undefined;
export const setCSRF = (token: string | null): void => { csrf = token; };
export const whenSignedOut = (f: () => void): void => { onSignedOut = f; };

interface Options { method?: 'GET' | 'POST' | 'PUT' | 'DELETE'; body?: unknown; signal?: AbortSignal; /** A 401 here is an answer, not the end of the session. */ quiet?: boolean }

export async function api<T>(path: string, { method = 'GET', body, signal, quiet }: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, signal, credentials: 'same-origin', cache: 'no-store', body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new ApiError(0, text.error.unreachable);
  }
  const words = await answer.text();
  const value = decode(words);
  if (answer.ok) return value as T;
  if (answer.status === 401 && !quiet) onSignedOut();
  const p = (value ?? {}) as { title?: string; detail?: string; code?: string; position?: number; suggestion?: string };
  throw new ApiError(answer.status, visible(p.detail ?? p.title ?? text.error.status(answer.status)), p.code ?? null, p.position ?? null, p.suggestion ?? null);
}

function decode(words: string): unknown {
  try {
    return words ? JSON.parse(words) : null;
  } catch {
    return null;
  }
}

export const saying = (e: unknown): string => (e instanceof Error ? e.message : text.error.unknown);
