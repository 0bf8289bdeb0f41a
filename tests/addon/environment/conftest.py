"""Environments made by stubs of Python and pip, in moments."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


class Workshop:
    """A store, extensions with pins, and set-ups of them by the stub."""

    def __init__(self, folder: Path, plain_addon, monkeypatch):
        self.folder = folder
        self.hanging = folder / "hanging"
        self._modules = plain_addon
        self._patch = monkeypatch
        (folder / "base").mkdir()
        self.base = folder / "base" / "python"
        shutil.copy(HERE / "stub_python.sh", self.base)
        self.base.chmod(0o755)
        self.store = plain_addon("environment.store").Store(str(folder / "env"))

    def extension(self, name: str, pins: str) -> str:
        """The folder of an installed extension with these pins."""
        requirements = self.folder / name / "backend" / "headbridge" / "requirements.txt"
        requirements.parent.mkdir(parents=True, exist_ok=True)
        requirements.write_text(pins)
        return str(self.folder / name)

    def pins(self, extension: str) -> str:
        return self._modules("environment.pins").pins_id(
            os.path.join(extension, "backend", "headbridge", "requirements.txt")
        )

    def goes(self, stage: str = "", way: str = "") -> None:
        """What the stub does from now on, at which step."""
        self.hanging.unlink(missing_ok=True)
        for name, value in (("HB_STAGE", stage), ("HB_WAY", way), ("HB_HANGING", str(self.hanging))):
            self._patch.setenv(name, value)

    def start(self, extension: str, build: str = "cpu", **order):
        setup = self._modules("environment.setup")
        base = self._modules("environment.base_python").BasePython(str(self.base), (3, 11))
        order = setup.Order(extension, base, build, check=("check",), **order)
        return setup.EnvironmentSetup(self.store, order, str(self.folder / "setup.log"))

    def make(self, extension: str, **order):
        """A set-up that has ended."""
        setup = self.start(extension, **order)
        setup.wait()
        return setup

    def start_process(self, extension: str) -> subprocess.Popen:
        """A set-up in a process of its own."""
        arguments = [self.store.folder, extension, str(self.base), str(self.folder / "other.log")]
        return subprocess.Popen(
            [sys.executable, str(HERE / "blender_that_sets_up.py"), *arguments], stdout=subprocess.PIPE, text=True
        )

    def wait_until_it_hangs(self) -> int:
        """The process number of what the hanging step has started."""
        wait_for(self.hanging.exists)
        return int(self.hanging.read_text())

    def in_use(self, extension: str) -> Path:
        """The folder of the environment that runs the extension's backend now; it is proven to run."""
        found = self.store.best(self.pins(extension))
        self.goes()
        assert subprocess.run([found.interpreter, "check"]).returncode == 0
        return Path(found.folder)

    def folders(self) -> list[str]:
        """Names of everything that looks like an environment."""
        return sorted(path.name for path in Path(self.store.folder).glob("*-*"))


def wait_for(condition, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def workshop(tmp_path, plain_addon, monkeypatch) -> Workshop:
    shop = Workshop(tmp_path, plain_addon, monkeypatch)
    shop.goes()
    return shop


@pytest.fixture
def is_gone():
    """`is_gone(pid)` waits until a process has ended."""

    def gone(pid: int) -> None:
        wait_for(lambda: not _runs(pid))

    return gone


def _runs(pid: int) -> bool:
    # A child of a killed parent may stay as a zombie until init takes it.
    asked = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return asked.stdout.strip() not in ("",) and not asked.stdout.startswith("Z")
