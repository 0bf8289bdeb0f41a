"""What the wheels of a bundle tell about it."""

from __future__ import annotations

import sys
import zipfile

import pytest

LINUX = [
    "numpy-2.4.6-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    "torch-2.13.0+cpu-cp313-cp313-manylinux_2_28_x86_64.whl",
    "opencv_python_headless-4.14.0.94-cp37-abi3-manylinux_2_28_x86_64.whl",
    "sympy-1.14.0-py3-none-any.whl",
]
WINDOWS = ["numpy-2.4.6-cp311-cp311-win_amd64.whl", "sympy-1.14.0-py3-none-any.whl"]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the wheels are those of Linux")


@pytest.fixture
def make(tmp_path):
    def make_zip(names) -> str:
        with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
            for name in names:
                archive.writestr(name, name)
        return str(tmp_path / "bundle.zip")

    return make_zip


def test_bundle_of_the_processor(plain_addon, make):
    bundle = plain_addon("environment.bundle").read_bundle(make(LINUX))
    assert (bundle.python, bundle.build) == ((3, 13), "cpu")


def test_bundle_of_nvidia(plain_addon, make):
    names = [*LINUX, "nvidia_cudnn_cu13-9.20.0.48-py3-none-manylinux_2_27_x86_64.whl"]
    assert plain_addon("environment.bundle").read_bundle(make(names)).build == "nvidia"


def test_folder(plain_addon, tmp_path):
    for name in LINUX:
        (tmp_path / name).touch()
    module = plain_addon("environment.bundle")
    bundle = module.read_bundle(str(tmp_path))
    assert module.unpack(bundle, "/nowhere") == str(tmp_path)


def test_bundle_of_another_system(plain_addon, make):
    with pytest.raises(plain_addon("job_client").BackendError, match="is for Windows; choose the file made for Linux"):
        plain_addon("environment.bundle").read_bundle(make(WINDOWS))


def test_no_bundle(plain_addon, make, tmp_path):
    read, error = plain_addon("environment.bundle").read_bundle, plain_addon("job_client").BackendError
    with pytest.raises(error, match="has no wheels"):
        read(make(["readme.txt"]))
    (tmp_path / "bundle.zip").write_text("no zip")
    with pytest.raises(error, match="cannot be read"):
        read(str(tmp_path / "bundle.zip"))


def test_files_stay_in_the_folder(plain_addon, make, tmp_path):
    """A zip may name places outside."""
    folder = tmp_path / "inner" / "folder"
    folder.mkdir(parents=True)
    module = plain_addon("environment.bundle")
    module.unpack(module.read_bundle(make([*LINUX[:1], "../../out-1-py3-none-any.whl"])), str(folder))
    assert sorted(path.name for path in folder.iterdir()) == sorted([LINUX[0], "out-1-py3-none-any.whl"])
    assert not (tmp_path / "out-1-py3-none-any.whl").exists()
