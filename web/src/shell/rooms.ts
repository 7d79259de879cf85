import { text } from '../text';
import type { IconName } from '../ui/Icon';

export interface Room { page: string; label: string; icon: IconName; /** After `g`. */ key: string }
export const ROOMS: readonly Room[] = [
  { page: 'live', label: text.rooms.live, icon: 'stream', key: 'l' },
  { page: 'overview', label: text.rooms.overview, icon: 'overview', key: 'o' },
  { page: 'objects', label: text.rooms.objects, icon: 'objects', key: 'b' },
  { page: 'stores', label: text.rooms.stores, icon: 'stores', key: 't' },
];
