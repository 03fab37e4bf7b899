// What the server needs beside the files themselves: hashes in the page (subresource integrity), each file
// compressed with brotli, and `files.rs`, the table by which they get into the binary.
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

// A file that shrinks by less is sent as it is.
const WORTHWHILE = 0.9;

async function filesBelow(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.sort();
}

async function addIntegrity(directory) {
  const path = join(directory, 'index.html');
  let page = await readFile(path, 'utf8');
  const references = [...page.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="(\.\/assets\/[^"]+)"[^>]*>/g)];
  for (const [tag, address] of references) {
    const bytes = await readFile(join(directory, address));
    const hash = createHash('sha384').update(bytes).digest('base64');
    page = page.replace(tag, tag.replace(/>$/, ` integrity="sha384-${hash}">`));
  }
  await writeFile(path, page);
}

async function describe(directory) {
  const rows = [];
  for (const path of await filesBelow(directory)) {
    const name = relative(directory, path).split(sep).join('/');
    const type = TYPES[extname(path)];
    if (!type) {
      throw new Error(`${name} has no known type`);
    }
    const bytes = await readFile(path);
    const tag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const compressed = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    });
    const isWorthwhile = compressed.length < bytes.length * WORTHWHILE;
    if (isWorthwhile) {
      await writeFile(`${path}.br`, compressed);
    }
    rows.push(
      [
        '    File {',
        `        name: "${name}",`,
        `        content_type: "${type}",`,
        `        tag: "${tag}",`,
        `        plain: include_bytes!("${name}"),`,
        `        brotli: ${isWorthwhile ? `Some(include_bytes!("${name}.br"))` : 'None'},`,
        '    },',
      ].join('\n'),
    );
  }
  return `&[\n${rows.join('\n')}\n]\n`;
}

/** A plugin of Vite. */
export function embed() {
  let directory;
  return {
    name: 'embed',
    apply: 'build',
    configResolved(config) {
      directory = config.build.outDir;
    },
    async closeBundle() {
      await addIntegrity(directory);
      await writeFile(join(directory, 'files.rs'), await describe(directory));
    },
  };
}
