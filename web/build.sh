#!/usr/bin/env bash
# Builds the page into dist/. With nothing changed it only compares one hash, well under a second.
# TYPES=no skips the type check; MINIFY=no leaves the script readable.
set -euo pipefail
cd "$(dirname "$0")"
python3 tools/vendor.py

inputs=$({ find src types tools -type f -not -name '*.pyc' -print0; printf '%s\0' ../docs/*.md build.sh tsconfig.json node_modules/.stamp; } | sort -z | xargs -0 sha256sum | sha256sum)
stamp="$inputs ${MINIFY:-yes}"
[[ -f dist/index.html && -f build/stamp && $(<build/stamp) == "$stamp" ]] && exit 0
rm -f build/stamp

[[ ${TYPES:-yes} == no ]] || tsc -p tsconfig.json --skipLibCheck
rm -rf build/next && mkdir -p build/next/assets
minify=(--minify)
[[ ${MINIFY:-yes} == no ]] && minify=()
esbuild src/main.tsx --bundle --outdir=build/next/assets --format=esm --splitting --jsx=automatic --target=es2020 \
    --define:process.env.NODE_ENV=\"production\" "${minify[@]}" --sourcemap=external --legal-comments=linked \
    --loader:.woff2=file --entry-names=[name]-[hash] --asset-names=[name]-[hash] --chunk-names=[name]-[hash] \
    --log-level=warning --metafile=build/meta.json
# The few words of the frame itself, from the same catalogue.
esbuild src/text/index.ts --bundle --format=cjs --platform=node --outfile=build/words.js --log-level=warning
node -p 'const { text } = require("./build/words.js"); JSON.stringify({ name: text.name, ...text.page })' >build/words.json
python3 tools/assemble.py build/meta.json src/index.html build/next build/words.json
/usr/bin/python3 tools/docs.py build/next
# One rename, so that a server that is running never sees half a page.
rm -rf dist && mv build/next dist
printf '%s' "$stamp" >build/stamp
