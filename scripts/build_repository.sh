#!/usr/bin/env bash
# Makes a static extension repository, from which Blender installs and updates: a folder with the extension's zip,
# index.json and a page index.html, to be put on any web server.
#
#   scripts/build_repository.sh [--without flame] [OUTPUT-FOLDER]        (default: dist/repository)
#
# In Blender: Preferences > Get Extensions > Repositories > + > Add Remote Repository, with the address of index.json.
# Zips that lie in the folder already stay; those of other versions are listed too.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
output=$scripts/../dist/repository
without=()
while [ $# -gt 0 ]; do
  case $1 in
    --without)
      without=("$1" "${2:-}")
      shift
      ;;
    -*) echo "error: unknown argument '$1'; see the head of scripts/build_repository.sh." >&2; exit 2 ;;
    *) output=$1 ;;
  esac
  shift
done
mkdir -p "$output"
"$scripts/build_extension.sh" "${without[@]+"${without[@]}"}" "$output"
. "$scripts/extension_tool.sh"
"${tool[@]}" server-generate --repo-dir "$output" --html
echo "$output/index.json"
