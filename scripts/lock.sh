#!/usr/bin/env bash
# Resolve pyproject.toml into requirements/*.txt: one version of each package that fits
# Python 3.11, 3.12 and 3.13. The widest file comes first and holds the others to its
# versions, so that one environment can be widened into the next without a change.
set -euo pipefail
cd "$(dirname "$0")/.."

tool_folder=.venv/bin
without_litert=$(mktemp)
trap 'rm -f "$without_litert"' EXIT
echo "ai-edge-litert" > "$without_litert"

resolve() {  # FILE WHAT-IT-IS OPTION...
  local file=requirements/$1.txt what=$2
  shift 2
  "$tool_folder/uv" pip compile --quiet --upgrade --no-header \
    --annotation-style line --fork-strategy fewest --group editable "$@" \
    pyproject.toml --output-file "$file"
  # Each line for Linux needs no marker; a constraint is not where a package comes from.
  sed -i -E "s/ ; sys_platform == 'linux'//; s/ and sys_platform == 'linux'//" "$file"
  sed -i -E 's/ -c requirements\/[a-z-]+\.txt,//; s/, -c requirements\/[a-z-]+\.txt$//' "$file"
  sed -i "1i # $what On Linux; written by \`make lock\`." "$file"
}

# The environments they are resolved for stand in pyproject.toml, [tool.uv].
for_all=(--universal --python-version 3.11)
resolve train "What runs, and what trains." "${for_all[@]}" --extra train
resolve teacher "What runs, and what the teacher of the training listens through." \
  "${for_all[@]}" --extra teacher --constraint requirements/train.txt
resolve dev "What runs, and what checks and tests." "${for_all[@]}" --group dev \
  --constraint requirements/train.txt
resolve run "What runs." "${for_all[@]}" --constraint requirements/dev.txt
resolve tflite-runtime "What runs, with the old interpreter: Python 3.11 alone." \
  --python-version 3.11 --extra tflite-runtime --excludes "$without_litert"
