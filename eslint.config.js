import js from '@eslint/js';
import globals from 'globals';

export default [
  js.configs.recommended,
  {
    files: ['static_site/{assets/js,worker}/**/*.js'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: { ...globals.browser, ...globals.serviceworker } },
    rules: {
      // The types are TypeScript's to check; these are habits that it does not see.
      eqeqeq: 'error',
      'no-console': 'error',
      'no-implicit-coercion': ['error', { boolean: false }],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Build nodes, clone a template, or render with lit-html.' },
        { property: 'outerHTML', message: 'Build nodes, clone a template, or render with lit-html.' },
        { property: 'insertAdjacentHTML', message: 'Build nodes, clone a template, or render with lit-html.' },
      ],
      'prefer-const': 'error',
    },
  },
];
