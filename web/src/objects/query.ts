import { useEffect, useState } from 'react';
import type { ApiError } from '../api/http';
import type { ObjectDetail, ObjectPage } from '../api/types';
import { useAnswer, type Answer } from '../session/answer';
import type { Temperature } from '../stream/core/messages';
import { text } from '../text';
import { moving } from './changes';

export const PAGE = 50;
const EVERY = 3000;
export type Sort = 'name' | 'size' | 'last_change' | 'last_access' | 'accesses' | 'first_seen';
export const SORTS = Object.keys(text.objects.sorts) as Sort[];
/** By which the list can be narrowed; `NONE` is what was not judged, and '' all. */
export type Narrowed = Temperature | 'NONE' | '';
export const TEMPERATURES: readonly Exclude<Narrowed, ''>[] = ['HOT', 'WARM', 'COLD', 'ARCHIVE', 'NONE'];
/** A page is where it begins (the server's cursor) and its number, which only tells the reader how far it is. */
export interface Query { q: string; store: string; temperature: Narrowed; sort: Sort; order: 'asc' | 'desc'; deleted: boolean; cursor: string | null; page: number }

/** What the address asks for. */
export function read(query: URLSearchParams): Query {
  const sort = query.get('sort') as Sort, temperature = query.get('temperature') as Exclude<Narrowed, ''>, cursor = query.get('cursor') || null, page = Math.floor(Number(query.get('page')));
  return {
    q: query.get('q') ?? '', store: query.get('store') ?? '', temperature: TEMPERATURES.includes(temperature) ? temperature : '', sort: SORTS.includes(sort) ? sort : 'last_change', order: query.get('order') === 'asc' ? 'asc' : 'desc', deleted: query.get('deleted') === '1',
    cursor, page: !cursor ? 1 : page > 2 ? page : 2,
  };
}

/** What is asked, without the place in it. */
export function listOf(query: Query): string {
  const p = new URLSearchParams({ limit: String(PAGE), sort: query.sort, order: query.order });
  if (query.q) p.set('q', query.q);
  if (query.store) p.set('store', query.store);
  if (query.temperature) p.set('temperature', query.temperature);
  if (query.deleted) p.set('deleted', '1');
  return p.toString();
}

export interface Objects { page: ObjectPage | null; /** What `page` is the answer to. */ of: Query; asking: boolean; /** Whether `page` is of this query, and not yet the one before. */ current: boolean; problem: ApiError | null; /** Rows that a newer answer changes. */ changed: number; show: () => void; again: () => void }

/** One page of the server's table, kept up to date; where that would move rows, what is shown stays until `show`. */
export function useObjects(query: Query): Objects {
  const path = `/api/objects?${listOf(query)}${query.cursor ? `&cursor=${encodeURIComponent(query.cursor)}` : ''}`;
  const { again, ...latest } = useAnswer<ObjectPage>(path, EVERY), [shown, set] = useState<Answer<ObjectPage>>(latest);
  const changed = shown.value && latest.value && shown.path === latest.path ? moving(shown.value.objects, latest.value.objects) : 0;
  const show = () => set(latest);
  useEffect(() => { if (!changed) show(); }, [latest.value]);
  return { page: (changed ? shown : latest).value, of: latest.path ? read(new URLSearchParams(latest.path.split('?')[1])) : query, asking: latest.asking, current: latest.path === path, problem: latest.problem, changed, show, again };
}

export const useObject = (id: string): Answer<ObjectDetail> => useAnswer<ObjectDetail>(`/api/objects/${encodeURIComponent(id)}`, EVERY);
