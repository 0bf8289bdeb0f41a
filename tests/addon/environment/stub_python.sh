#!/bin/sh
# Stands for a Python and for the one of an environment, which it makes of itself. At the step HB_STAGE (venv, config,
# pip, check) it does what HB_WAY says; a step that hangs writes the number of its child into HB_HANGING.
reach() {
  [ "$HB_STAGE" = "$1" ] || return 0
  case $HB_WAY in
    fails) echo "ERROR: it broke"; exit 1 ;;
    full) echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"; exit 1 ;;
    killed) kill -9 $$ ;;
    hangs) sleep 60 & echo $! >"$HB_HANGING.part"; mv "$HB_HANGING.part" "$HB_HANGING"; wait ;;
  esac
}
folder=$(dirname "$(dirname "$0")")
case "$*" in
  "-m venv "*)
    reach venv
    mkdir -p "$3/bin" "$3/lib/python3.11/site-packages"
    cp "$0" "$3/bin/python"
    echo "home = $(dirname "$0")" >"$3/pyvenv.cfg"
    ;;
  "-m pip config list") reach config; echo "global.index-url='https://mirror.example/simple'" ;;
  "-m pip install "*)
    echo "Collecting numpy==2.4.6"
    echo "  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (17.0 MB)"
    reach pip
    echo "Installing collected packages: numpy"
    mkdir -p "$folder/lib/python3.11/site-packages/numpy-2.4.6.dist-info"
    env | grep -E '^(PIP_|TMPDIR=)' >"$folder/pip_variables"
    echo "$@" >"$folder/pip_arguments"
    ;;
  check) reach check; [ -d "$folder/lib/python3.11/site-packages/numpy-2.4.6.dist-info" ] ;;
  *) echo "what is '$*'?"; exit 9 ;;
esac
