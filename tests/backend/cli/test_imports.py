"""What a command does not use, it does not import: every process pays for its libraries again."""

import json
import subprocess
import sys

import pytest

from headbridge.cli.commands import COMMANDS

pytestmark = pytest.mark.slow

# Each costs between a tenth of a second and two.
_LARGE = {"torch", "cv2", "matplotlib", "warp", "cholespy", "scipy", "numpy"}

# Runs a command, then tells the loaded packages on the last line of stderr.
_TELLING = """
import json, sys
from headbridge.cli.main import main
code = main(sys.argv[1:])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def imported(tmp_path, backend_environment):
    """The large packages that a command has imported when it ends; it must end well."""

    def run(*arguments: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", _TELLING, *arguments], cwd=tmp_path, env=backend_environment, capture_output=True,
            text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return set(json.loads(done.stderr.splitlines()[-1])) & _LARGE

    return run


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_what_is_no_job_loads_no_library(imported, arguments):
    assert imported(*arguments) == set()


# Shows the help of one command after the other, and tells what each loaded first.
_HELPING = """
import json, sys
from headbridge.cli.main import main
loaded, known = {}, set()
for command in sys.argv[1:]:
    assert main([command, "--help"]) == 0
    loaded[command] = sorted({name.partition(".")[0] for name in sys.modules} - known)
    known.update(loaded[command])
print(json.dumps(loaded), file=sys.stderr)
"""


def test_the_help_of_no_command_loads_anything_that_computes(tmp_path, backend_environment):
    done = subprocess.run(
        [sys.executable, "-c", _HELPING, *COMMANDS], cwd=tmp_path, env=backend_environment, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stderr.splitlines()[-1])
    wrong = {command: set(names) & _LARGE - {"numpy", "scipy"} for command, names in loaded.items()}
    assert list(wrong) == list(COMMANDS) and not any(wrong.values()), wrong


def test_version_takes_a_fraction_of_a_second(tmp_path, backend_environment):
    # CPU seconds of the process and no other, in the best of three: the first may compile the modules.
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'headbridge', '--version'], check=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)"
    )

    def seconds() -> float:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=backend_environment, capture_output=True, text=True,
            check=True, timeout=60,
        )  # fmt: skip
        return float(done.stdout.splitlines()[-1])

    assert min(seconds() for _ in range(3)) <= 0.3


def test_registering_known_heads_loads_neither_torch_nor_images_nor_the_detector(imported, tmp_path):
    loaded = imported("register", "flame", "hack", "-o", "out.ply")
    assert (tmp_path / "out.ply").exists()
    assert loaded == {"numpy", "scipy", "warp", "cholespy"}


def test_a_fit_to_a_mesh_loads_neither_torch_nor_images(imported, tmp_path):
    loaded = imported("fit-mesh", "flame", "-o", "fit")
    assert (tmp_path / "fit" / "head.npz").exists()
    assert loaded == {"numpy", "scipy", "warp"}
