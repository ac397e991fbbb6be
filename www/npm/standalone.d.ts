export * from './attention-map.js';
