// What the live room needs once somebody wants it, in one file: few requests weigh more than few bytes.
export { ColumnChooser } from './ColumnChooser';
export { EventDetail } from './EventDetail';
export { LookBack } from './LookBack';
export { ReplayBar } from './ReplayBar';
export { SavedList } from './SavedList';
