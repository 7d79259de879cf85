import { useSyncExternalStore } from 'react';
import { ApiError, api, setCSRF, whenSignedOut } from '../api/http';
import type { SignedIn } from '../api/types';

/** `expired`: signed out while at work; the page stays as it was and asks to sign in again. */
export type SessionState =
  | { status: 'asking' | 'out' | 'unreachable' }
  | { status: 'in' | 'expired'; user: SignedIn['user']; /** False with `--auth none`: there is nothing to sign out of. */ account: boolean };

let state: SessionState = { status: 'asking' };
const listeners = new Set<() => void>();
const set = (next: SessionState): void => { state = next; listeners.forEach(f => f()); };
const listen = (f: () => void): (() => void) => { listeners.add(f); return () => { listeners.delete(f); }; };
export const useSession = (): SessionState => useSyncExternalStore(listen, () => state);

function enter(me: SignedIn): void {
  setCSRF(me.csrf_token ?? null);
  set({ status: 'in', user: me.user, account: !!me.csrf_token });
}
function leave(): void {
  if (state.status === 'in') set({ ...state, status: 'expired' });
  else if (state.status !== 'expired') set({ status: 'out' });
}
whenSignedOut(leave);

/** Who am I. Null when the server did not answer. */
export async function ask(): Promise<boolean | null> {
  try {
    enter(await api<SignedIn>('/api/auth/me', { quiet: true }));
    return true;
  } catch (e) {
    if (e instanceof ApiError && e.status === 401) { leave(); return false; }
    if (state.status === 'asking' || state.status === 'unreachable') set({ status: 'unreachable' });
    return null;
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  enter(await api<SignedIn>('/api/auth/login', { method: 'POST', body: { username, password }, quiet: true }));
}
export async function welcome(token: string, username: string, password: string): Promise<void> {
  enter(await api<SignedIn>('/api/auth/welcome', { method: 'POST', body: { token, username, password }, quiet: true }));
}
/** The link was used, is too old, or an account exists. */
export const isSpent = (e: unknown): boolean => e instanceof ApiError && e.code === 'welcome_invalid';
/** Whether a welcome link still works: asked without a name, which a good link is refused for and left as it was. */
export const welcomeWorks = (token: string): Promise<boolean> => welcome(token, '', '').then(() => true, (e: unknown) => !isSpent(e));
export async function signOut(): Promise<void> {
  await api('/api/auth/logout', { method: 'POST', quiet: true });
  setCSRF(null);
  set({ status: 'out' });
}
export const signInAgain = (): void => set({ status: 'out' });

/** Whether the person has a scope; administrators have all. */
export const may = (session: SessionState, scope: 'read' | 'ingest' | 'admin'): boolean => 'user' in session && (session.user.scopes.includes(scope) || session.user.scopes.includes('admin'));
