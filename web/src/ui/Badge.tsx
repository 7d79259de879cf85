import type { CSSProperties, ReactNode } from 'react';
import { styled } from '@mui/material/styles';
import { visible } from '../lib/format';
import { look } from '../live/types-table';
import { Line, type IconName } from './Icon';

const BadgeBox = styled('span')({
  display: 'inline-flex', alignItems: 'center', gap: 6, height: 22, padding: '0 7px 0 5px', borderRadius: 4, maxWidth: '100%', fontSize: 12, fontWeight: 500, letterSpacing: '-0.006em', whiteSpace: 'nowrap',
  color: 'var(--tone)', background: 'color-mix(in srgb, var(--tone) 10%, var(--cf-panel))', '& svg': { flex: 'none' }, '& span': { overflow: 'hidden', textOverflow: 'ellipsis' },
});
export function TypeBadge({ type }: { type: string }) {
  const t = look(type);
  return <BadgeBox style={{ '--tone': `var(--cf-fam-${t.family})` } as CSSProperties}><Line name={t.icon} /><span>{visible(type)}</span></BadgeBox>;
}
export function Tag({ children, tone = 'var(--cf-ink2)', icon }: { children: ReactNode; tone?: string; icon?: IconName }) {
  return <BadgeBox style={{ '--tone': tone, ...(icon ? {} : { paddingLeft: 7 }) } as CSSProperties}>{icon && <Line name={icon} size={13} />}<span>{children}</span></BadgeBox>;
}
