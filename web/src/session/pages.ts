// For who is not signed in.
export { SignIn } from './SignIn';
export { Welcome } from './Welcome';
