import { defineConfig } from 'vite';

export default defineConfig({
  // The development server would otherwise put the package's modules somewhere else than its WebAssembly.
  optimizeDeps: { exclude: ['attention-map'] },
});
