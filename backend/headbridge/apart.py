"""Libraries of C and C++ that a damaged file can kill read it in a process of their own.

SciPy's `loadmat` and OpenCV's ONNX importer end the whole program on some files of a few hundred bytes. Here they run
in a child of ours that gets arrays, gives arrays, and takes nobody with it: `python -m headbridge.apart MODULE FUNCTION`
reads an .npz file from stdin and writes one to stdout.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from .errors import InputError
from .mesh.io.npz import read_arrays, write_arrays
from .reading import reading

_REFUSED = "refused"
_MEMORY = 8 * 2**30
_SECONDS = 120.0


def run_apart(
    module: str, function: str, arrays: Mapping[str, np.ndarray], source: object, advice: str
) -> dict[str, np.ndarray]:
    """What `function` of a module of ours ("headbridge.detection.face_parsing") makes of arrays, all by name.

    Raises `InputError` that names the file `source` and `advice` when the function raises, and when its process dies, runs
    out of memory or takes minutes."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, module, function],
            input=write_arrays(dict(arrays)),
            env=child_environment(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{source}: reading it took more than {_SECONDS:.0f} seconds; {advice}.") from None
    if done.returncode != 0:
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
        raise InputError(
            f"{source}: the file is damaged (its reader ended by {how}); {advice}.",
            details=done.stderr.decode("utf-8", "replace")[-2000:],
        )
    made = read_arrays(done.stdout, f"{source}, as it was read")
    if _REFUSED in made:
        raise InputError(f"{source}: the file is damaged or of another kind ({made[_REFUSED]}); {advice}.")
    return made


def child_environment() -> dict[str, str]:
    """Environment variables of a Python of ours that finds this package, and runs nothing that lies where the user is."""
    root = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    # `python -m` looks into the present folder first, where a struct.py may lie beside the user's files.
    return {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"}


def main() -> None:
    # What libraries print goes to the log.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(ImportError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, function = sys.argv[1:]
    given = read_arrays(sys.stdin.buffer.read(), "stdin")
    try:
        with reading("file"):
            content = write_arrays(getattr(import_module(module), function)(**given))
    except InputError as problem:
        cause = problem.__cause__ or problem
        content = write_arrays({_REFUSED: np.array(" ".join(str(cause).split())[:200] or type(cause).__name__)})
    with out:
        out.write(content)


if __name__ == "__main__":
    main()
