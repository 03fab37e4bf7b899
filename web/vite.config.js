// Builds the app into dist/, which the server embeds. The output depends on nothing but the sources and the
// locked packages, so that CI can build it again and compare.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { embed } from './embed.js';

// The client's sources: its own build is for those who take it as a package.
const source = (path) => fileURLToPath(new URL(`../clients/typescript/src/${path}`, import.meta.url));

export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsDir: 'assets',
    modulePreload: { polyfill: false },
    // Nothing is inlined: the policy of the page allows files of the server alone.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  resolve: {
    alias: {
      '@sentinal/client/crypto': source('crypto/index.ts'),
      '@sentinal/client': source('index.ts'),
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [embed()],
});
