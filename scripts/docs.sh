#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the manual in build/docs: a static site with search, and the reference of the headers. Installs what is missing.
# To read it: python3 -m http.server --directory build/docs (from the folder itself all but the search works).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/bootstrap.sh --docs

pages=build/docs_source
rm -rf "$pages" build/docs
mkdir -p "$pages"
git ls-files -z '*.md' LICENSE docs priors 'examples/*.cpp' 'examples/*.hpp' 'examples/*.py' 'tests/compile_fail/*.cpp' \
    benchmarks scripts/gpu_check.sh ':!*.safetensors' ':!docs/mkdocs.yml' ':!docs/Doxyfile' | xargs -0 cp --parents -t "$pages"
doxygen docs/Doxyfile
printf '\n**[Open the reference](../reference/index.html)**\n' >> "$pages/docs/reference.md"
mkdocs --quiet build --strict --config-file docs/mkdocs.yml

# A page that loads something from a network would not work without one, and would tell who reads it.
if grep -rnoE --include='*.html' --include='*.css' \
    '<(script|img|iframe|source)[^>]*src="?(https?:)?//[^">]*|<link[^>]*href="?(https?:)?//[^">]*|(@import|url\()[ "'\'']*(https?:)?//[^)]*' \
    build/docs; then
  echo "docs: wanted a site that loads nothing from a network" >&2
  exit 1
fi
echo "docs: build/docs/index.html"
