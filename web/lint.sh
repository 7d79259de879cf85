#!/usr/bin/env bash
# Words outside the catalogue, types (tsc, strict) and style (oxlint, one wheel by hash, in build/lint). Changes nothing; exit 1 on a finding.
set -uo pipefail
cd "$(dirname "$0")"
python3 tools/vendor.py || exit 1
failed=0
find src \( -name '*.tsx' -o -name '*.ts' \) -not -path 'src/text/*' -print0 | xargs -0 node tools/words.js || failed=1
tsc -p tsconfig.json --skipLibCheck || failed=1
if [[ ! -f build/lint/done || lint-requirements.txt -nt build/lint/done ]]; then
    rm -rf build/lint && python3 -m venv build/lint &&
        build/lint/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r lint-requirements.txt && touch build/lint/done
fi
if [[ -f build/lint/done ]]; then
    build/lint/bin/oxlint --quiet --config .oxlintrc.json src tests || failed=1
elif [[ $(uname -m) == x86_64 ]]; then
    failed=1
else
    echo "web: oxlint has no wheel for this machine that is pinned here; only the types were checked" >&2
fi
exit $failed
