// precompress.mjs FOLDER: beside each file that shrinks by it, its content in brotli and in gzip, for the
// function to hand out as it is.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const COMPRESSIBLE = /\.(css|js|json|svg|txt|webmanifest)$/;
const [folder] = process.argv.slice(2);

for (const name of readdirSync(folder, { recursive: true })) {
  const path = join(folder, name);
  if (!COMPRESSIBLE.test(name) || !statSync(path).isFile()) continue;
  const content = readFileSync(path);
  const brotli = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  keepIfSmaller(`${path}.br`, brotliCompressSync(content, brotli), content);
  keepIfSmaller(`${path}.gz`, gzipSync(content, { level: 9 }), content);
}

function keepIfSmaller(path, compressed, content) {
  if (compressed.length < content.length) writeFileSync(path, compressed);
}
