import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import CssBaseline from '@mui/material/CssBaseline';
import GlobalStyles from '@mui/material/GlobalStyles';
import { ThemeProvider } from '@mui/material/styles';
import { App } from './app/App';
import { theme } from './theme/theme';
import { variables } from './theme/tokens';
import './theme/fonts.css';

const colours = { ':root, [data-scheme="light"]': variables('light'), '[data-scheme="dark"]': variables('dark') };
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <ThemeProvider theme={theme} defaultMode="system"><CssBaseline /><GlobalStyles styles={colours} /><App /></ThemeProvider>
    </StrictMode>,
  );
