import { useCallback, useEffect, useState } from 'react';
import { ApiError, api, saying } from '../api/http';
import { useSession } from './session';

/** What the server last said, and on which path. A failure leaves the value as it was. */
export interface Answer<T> { path: string | null; value: T | null; problem: ApiError | null; /** Nothing was said yet, and it is being asked. */ asking: boolean }

/**
 * Asks now and every `every` milliseconds, while somebody is signed in and looks: what is shown stays true, and a failure
 * goes away by itself once its cause is gone. The end of the session is no failure: the session tells of it.
 */
export function useAnswer<T>(path: string, every: number): Answer<T> & { again: () => void } {
  const [answer, set] = useState<Omit<Answer<T>, 'asking'>>({ path: null, value: null, problem: null }), [turn, setTurn] = useState(0), { status } = useSession();
  useEffect(() => {
    if (status !== 'in') return undefined;
    const stop = new AbortController();
    let timer = 0;
    const failed = (e: unknown) => {
      const problem = e instanceof ApiError ? e : new ApiError(0, saying(e));
      if (!stop.signal.aborted && problem.status !== 401) set(a => ({ ...a, problem }));
    };
    const ask = () => {
      if (document.hidden) { timer = window.setTimeout(ask, every); return; }
      api<T>(path, { signal: stop.signal }).then(value => set({ path, value, problem: null }), failed).finally(() => { if (!stop.signal.aborted) timer = window.setTimeout(ask, every); });
    };
    ask();
    return () => { stop.abort(); clearTimeout(timer); };
  }, [path, every, turn, status]);
  return { ...answer, asking: status === 'in' && !answer.value && !answer.problem, again: useCallback(() => setTurn(n => n + 1), []) };
}
