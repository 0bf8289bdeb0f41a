#!/usr/bin/env bash
# Makes a file for the add-on's Install from File, which then needs no network:
# dist/headbridge-packages-<system>-python<version>-<build>.zip.
#
#   scripts/build_bundle.sh [--nvidia] [OUTPUT-FOLDER]
#
# The file is for the system this runs on and for the Python named by $PYTHON (default: python3): 3.11 as in Blender 4.2
# to 5.0, 3.13 as in Blender 5.1 and later. --nvidia takes PyTorch with CUDA.
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/build_bundle.py" "$@"
