/** What the hook before a commit does with staged files; it changes none of them. */
export default {
  '*.{ts,js}': 'eslint --max-warnings 0 --no-warn-ignored',
  '*': 'prettier --check --ignore-unknown',
};
