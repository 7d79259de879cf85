import { useState } from 'react';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import OutlinedInput from '@mui/material/OutlinedInput';
import Tooltip from '@mui/material/Tooltip';
import { text } from '../text';
import { Icon } from '../ui/Icon';

interface Props { name: string; label: string; autoComplete: 'current-password' | 'new-password'; bad?: boolean }
export function Password({ name, label, autoComplete, bad }: Props) {
  const [see, setSee] = useState(false), t = text.session;
  const eye = (
    <InputAdornment position="end"><Tooltip title={see ? t.hide : t.show}>
      <IconButton size="small" aria-label={see ? t.hidePassword : t.showPassword} onClick={() => setSee(!see)}><Icon name={see ? 'eyeOff' : 'eye'} /></IconButton>
    </Tooltip></InputAdornment>
  );
  return <label><span>{label}</span><OutlinedInput name={name} type={see ? 'text' : 'password'} autoComplete={autoComplete} error={bad} inputProps={{ 'aria-label': label }} endAdornment={eye} /></label>;
}
