"""What `import headbridge` offers: a change of these names is a change for everybody who uses the library."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import headbridge

ROOT = Path(__file__).resolve().parents[2]

FUNCTIONS = """
    bake_texture complete_texture compute_metrics convert convert_expressions fit_landmarks3d fit_mesh fit_photo fit_scan
    fit_sequence fit_texture import_sequence load_builtin load_head load_texture_space load_topology open_footage
    project_texture read_image read_landmarks read_mesh read_photo read_scan read_sequence recognise register sample_heads
    track_video transfer_uvs write_image write_mesh write_sequence
""".split()

CLASSES = """
    BakeInput BakeResult BakeSettings Cancelled CompleteTextureInput CompleteTextureResult CompleteTextureSettings
    ConvertResult ConvertSettings ConvertedExpressions DeviceError FailedResult FitLandmarksSettings FitMeshInput FitMeshSettings
    FitPhotoInput FitPhotoResult FitPhotoSettings FitResult FitScanInput FitScanResult FitScanSettings FitSequenceInput FitSequenceResult FitSequenceSettings
    FitTextureInput FitTextureResult FitTextureSettings HeadBridgeError
    HeadSample Image ImportSettings ImportedSequence InputError LandmarkPairs LandmarkPoints Mesh Photo PhotoCamera PhotoLandmarks PhotoView Progress
    ProjectTextureInput ProjectTextureResult ProjectTextureSettings ProjectedPhoto Reason RegisterInput RegisterResult
    RegisterSettings SampleSettings Sequence Similarity TextureSpace Topology TorchHead TorchShape TrackVideoResult TrackVideoSettings UvInput UvResult UvSettings Verdict
""".split()


def test_the_public_names_are_these():
    assert sorted(headbridge.__all__) == sorted(["__version__", *FUNCTIONS, *CLASSES]) == dir(headbridge)


def test_every_public_name_is_what_it_should_be():
    assert all(isinstance(getattr(headbridge, name), type) for name in CLASSES)
    functions = [getattr(headbridge, name) for name in FUNCTIONS]
    assert [function.__name__ for function in functions] == FUNCTIONS
    assert all(function.__doc__ for function in functions)
    with pytest.raises(AttributeError, match="has no attribute 'fit_dog'"):
        _ = headbridge.fit_dog


def test_importing_it_loads_no_library(backend_environment):
    program = (
        "import sys, headbridge\n"
        "large = {'numpy', 'scipy', 'torch', 'warp', 'cv2', 'mediapipe', 'cholespy'} & set(sys.modules)\n"
        "own = {name for name in sys.modules if name.startswith('headbridge')}\n"
        "print(sorted(large | own - {'headbridge', 'headbridge.on_demand'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=backend_environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_type_checkers_read_the_same_names():
    tree = ast.parse(Path(headbridge.__file__).read_text(encoding="utf-8"))
    (checked,) = [node for node in tree.body if isinstance(node, ast.If)]
    read = {alias.name: node.module for node in checked.body for alias in node.names}
    assert read == headbridge._MODULES


def test_the_marker_of_typed_packages_travels():
    assert (Path(headbridge.__file__).parent / "py.typed").exists()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["headbridge"]
