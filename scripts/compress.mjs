// Compresses the site's files beforehand, as small as they go: FILE.br and FILE.gz beside each FILE named. What is written in a style
// sheet for its authors stays behind.
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** A style sheet without its comments and its layout; strings hold neither line breaks nor signs that end a rule. */
function bare(css) {
  return css.replace(/\/\*[^]*?\*\//g, '').replace(/\s*\n\s*/g, ' ').replace(/ ?([{};]) ?/g, '$1').replaceAll(';}', '}').trim();
}

for (const file of process.argv.slice(2)) {
  if (file.endsWith('.css')) writeFileSync(file, bare(readFileSync(file, 'utf8')));
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}
