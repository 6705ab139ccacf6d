#!/bin/sh
# Builds, and puts into .pier2/lambda what the function of template.yaml needs to run: what was built, and the packages that
# it uses. PostgreSQL's programs and what runs TypeScript are left out, and no package's install script is run.
set -eu
cd "$(dirname "$0")/../.."
target=.pier2/lambda

# A migration that was built once and is there no more would be run.
rm -rf dist "$target"
npm run build
mkdir -p "$target"
cp package.json package-lock.json "$target"
npm ci --prefix "$target" --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
cp -R dist "$target/dist"
