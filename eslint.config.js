import { defineConfig, globalIgnores } from 'eslint/config';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The features, from upstream to downstream: one may import those of its own row and of the rows before. */
const featureRows = [
  ['mail'],
  ['auth'],
  ['countries', 'history', 'tenancy'],
  ['addresses', 'staff'],
  ['products', 'stores', 'customers'],
  ['stock'],
  ['orders', 'webhooks'],
  ['tasks'],
  ['customer-records'],
  ['statistics', 'pages'],
  ['bulk'],
];
const features = featureRows.flat();

/** Who may not import what (design: "Imports follow the foreign keys, so there are no cycles"), and what to do instead. */
const restrictedPaths = [
  {
    target: ['src', 'seeders', 'migrations', 'mikro-orm.config.ts'],
    from: ['test', 'bench'],
    message: 'The product is shipped without test and bench: move what both need to src.',
  },
  {
    target: inSrc('database', 'graphql', 'observability', 'outbox'),
    from: inSrc(...features, 'entities.ts'),
    message: 'This layer serves every feature and knows none: take the entity, list or loader as an argument.',
  },
  ...featureRows.slice(0, -1).map((row, index) => ({
    target: inSrc(...row),
    from: inSrc(...featureRows.slice(index + 1).flat()),
    message:
      'Imports follow the foreign keys: let the downstream feature contribute this, as a second `@Resolver` class of the ' +
      'upstream type in its own folder (such as src/orders/customer-orders.resolver.ts).',
  })),
  {
    target: inSrc(...features),
    from: inSrc('graphql/server.ts', 'cli', 'app.ts', 'entities.ts', 'main.ts', 'schema.ts'),
    message: 'What puts the features together imports them, never the other way: export it here and use it there.',
  },
  ...['src/**/*.resolver.ts', ...inSrc('app.ts', 'schema.ts')].map(from => ({
    target: inSrc('migrate', 'backup'),
    from,
    message: 'Migrations and backups work without the API: move what is needed to the entity or to a service.',
  })),
];

function inSrc(...names) {
  return names.map(name => `src/${name}`);
}

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.pier2/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.base,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true } },
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      // Imports name the file that the build makes; the linter finds the one that it is made from.
      'import-x/resolver-next': [
        createNodeResolver({ extensions: ['.ts', '.js', '.json'], extensionAlias: { '.js': ['.ts', '.js'] } }),
      ],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: restrictedPaths }],

      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',

      // Never to be switched on: it turns the class of a decorated signature into a type import, and the metadata that
      // TypeGraphQL and MikroORM read becomes empty.
      '@typescript-eslint/consistent-type-imports': 'off',
      // Classes are values here, and the libraries that take them call their type `Function`.
      '@typescript-eslint/no-unsafe-function-type': 'off',
      // An async function without `await` is how a synchronous answer keeps the contract of an interface.
      '@typescript-eslint/require-await': 'off',
      // JSON, rows and resolvers' sources arrive as `any`, which nobody may write (no-explicit-any); to assert a type at
      // each of them would say no more.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression > MemberExpression.object[object.name="process"][property.name="env"]',
          message: 'Settings are read in src/config.ts alone: add the setting there and take it as an argument.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests look at methods without calling them, and compare enums with the strings of answers.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
    },
  },
  {
    files: inSrc('errors.ts', 'config.ts', 'config/**', 'context.ts'),
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              // But for where the project is, which imports nothing itself, and what the settings are made of.
              regex: '^\\.(?!/project-folder|/config/|/(database-url|settings)\\.js)',
              allowTypeImports: true,
              message: 'Everything may import this file, so it imports nothing of ours at run time: use `import type`.',
            },
          ],
        },
      ],
    },
  },
);
