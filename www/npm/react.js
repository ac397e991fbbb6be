// The element, for programs whose types come from React: react.d.ts makes <attention-map> known in JSX.
export * from './attention-map.js';
