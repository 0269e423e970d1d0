/** Builds the console into dist/console: no inline script or style, so that the strictest policy of a browser holds. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // A style sheet or image in the script would be inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    rolldownOptions: {
      // The web component shares no code with the pages: applications load this one file, by a name that stays.
      input: { index: 'index.html', 'holdfast-safety': 'src/component/holdfast-safety.ts' },
      output: {
        entryFileNames: ({ name }) => (name === 'holdfast-safety' ? `component/${name}.js` : 'assets/[name]-[hash].js'),
      },
    },
  },
});
