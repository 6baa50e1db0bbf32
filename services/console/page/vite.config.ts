// How the page is built: `vite build services/console/page`. Nothing is inline, so that the page's policy can forbid it.
import { fileURLToPath } from 'node:url';

// biome-ignore lint/style/noDefaultExport: Vite reads the default export
export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../built', import.meta.url)),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
};
