import { shown, type StreamEvent } from '../stream/core/messages';
import { folder, leaf, visible } from '../lib/format';
import { text } from '../text';

export interface Subject { name: string; place: string }

/** What an event is about: the object's name and where it lies, or whatever else the event names. */
export function subject(e: StreamEvent): Subject {
  const { name, place } = about(e);
  return { name: visible(name), place: visible(place) };
}

function about(e: StreamEvent): Subject {
  const d = shown(e);
  if (d.file_name) {
    const dir = folder(d.file_name);
    return { name: leaf(d.file_name), place: [bucketName(d.bucket), dir].filter(Boolean).join('/') };
  }
  if (d.objects) return { name: text.live.objects(d.objects.length), place: d.bucket ?? '' };
  return { name: [d.url, d.message, d.bucket, d.store_id, d.migration_id].find(Boolean) ?? e.source, place: '' };
}

/** A folder store's bucket is an absolute path; its last part is enough in a row. */
const bucketName = (bucket: string | undefined): string => (bucket?.startsWith('/') ? leaf(bucket.replace(/\/+$/, '')) : bucket ?? '');
