// What floats over the page, in one file that is loaded when the first of it opens.
export { default as Drawer } from '@mui/material/Drawer';
export { default as Popover } from '@mui/material/Popover';
export { default as Snackbar } from '@mui/material/Snackbar';
export { Menu } from './Menu';
