import { Component, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import { text } from '../text';
import { Blank } from './Blank';

/** What a person sees when the page itself is at fault: words and a way on, not a white screen. */
export class Crash extends Component<{ children: ReactNode }, { failed: boolean }> {
  state = { failed: false };
  static getDerivedStateFromError() { return { failed: true }; }
  render() {
    if (!this.state.failed) return this.props.children;
    return <Blank icon="warn" title={text.error.crashed} action={<Button variant="contained" onClick={() => location.reload()}>{text.error.reload}</Button>}>{text.error.unknown}</Blank>;
  }
}
