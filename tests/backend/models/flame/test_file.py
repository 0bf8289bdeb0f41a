"""FLAME's published files are read exactly, checked, and cached; what is wrong with others is said."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse

from headbridge.cache import Cache
from headbridge.errors import InputError
from headbridge.models.flame import file as flame_file_module
from headbridge.models.flame import read_flame_file
from headbridge.models.flame.file import FACES, VERTICES
from headbridge.topologies import load_builtin

from .forge import Chumpy, python2_pickle

NO_CACHE = Cache(None)


@pytest.mark.slow
def test_every_array_of_the_published_form(published, flame_data):
    shapes = published["shapedirs"].transpose(2, 0, 1)
    np.testing.assert_allclose(flame_data.template, 1000.0 * published["v_template"], rtol=1e-15)
    np.testing.assert_allclose(flame_data.identity, 1000.0 * shapes[:300], rtol=1e-15)
    np.testing.assert_allclose(flame_data.expression, 1000.0 * shapes[300:], rtol=1e-15)
    np.testing.assert_allclose(flame_data.pose_correctives, 1000.0 * published["posedirs"].transpose(2, 0, 1))
    np.testing.assert_array_equal(flame_data.faces, published["f"])
    np.testing.assert_array_equal(flame_data.joint_regressor, published["J_regressor"].toarray())
    np.testing.assert_array_equal(flame_data.weights, published["weights"])
    np.testing.assert_array_equal(flame_data.parents, [-1, 0, 1, 1, 1])
    assert flame_data.identity.dtype == np.float64 and flame_data.expression_names == ()
    with pytest.raises(ValueError):
        flame_data.identity[0, 0, 0] = 1.0


@pytest.fixture(scope="module")
def small(published):
    """A dictionary of the right shapes that is quick to write: the shapes are zero."""
    return {**published, "shapedirs": np.zeros((VERTICES, 3, 400), np.float32), "posedirs": np.zeros((VERTICES, 3, 36))}


@pytest.fixture
def read(tmp_path):
    """Writes a dictionary and reads it as a model file."""

    def run(model, name="flame2023.pkl", content=None):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(model, 4) if content is None else content)
        return read_flame_file(path, NO_CACHE)

    return run


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_files_written_by_python_3(small, read, protocol):
    data = read(None, content=pickle.dumps(small, protocol))
    assert data.version == "2023" and data.identity.dtype == np.float32
    np.testing.assert_array_equal(data.weights, small["weights"])


def test_the_names_of_smpls_tools(small, read):
    renamed = {"v_template": "default_v", "J_regressor": "joint_regressor", "shapedirs": "blendshapes"}
    data = read({renamed.get(key, key): value for key, value in small.items()})
    np.testing.assert_allclose(data.template, load_builtin("flame").vertices, rtol=1e-15)


def test_everything_chumpy_dense_regressor_and_signed_root(small, read):
    dense = {**small, "J_regressor": small["J_regressor"].toarray()}
    dense["kintree_table"] = np.array([[-1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.int32)
    wrapped = {key: Chumpy(value) if isinstance(value, np.ndarray) else value for key, value in dense.items()}
    data = read(None, content=python2_pickle(wrapped))
    np.testing.assert_array_equal(data.joint_regressor, dense["J_regressor"])
    np.testing.assert_array_equal(data.parents, [-1, 0, 1, 1, 1])


@pytest.mark.slow
def test_chumpy_is_never_imported(flame_file, backend_environment, tmp_path):
    (tmp_path / "chumpy").mkdir()
    (tmp_path / "chumpy" / "__init__.py").write_text("raise SystemExit('chumpy was imported')")
    code = (
        "import sys; from headbridge.models.flame import read_flame_file; from headbridge.cache import Cache; "
        f"data = read_flame_file({str(flame_file)!r}, Cache(None)); "
        "print(data.version, 'chumpy' in sys.modules)"
    )
    path = f"{tmp_path}:{backend_environment['PYTHONPATH']}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**backend_environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[:2] == ["2020", "False"], done.stderr


def with_value(array, index, value):
    changed = np.array(array)
    changed[index] = value
    return changed


WRONG = {
    "SMPL": (
        lambda m: {"v_template": np.zeros((6890, 3))},
        r"'v_template' should have the shape \(5023, 3\), but has ",
    ),
    "SMPL by name": (lambda m: {"weights": np.zeros((6890, 24))}, "this is SMPL, a model of another kind"),
    "fewer coefficients": (
        lambda m: {"shapedirs": m["shapedirs"][..., :150]},
        r"\(5023, 3, 400\), but has \(5023, 3, 150",
    ),
    "flat posedirs": (lambda m: {"posedirs": m["posedirs"].reshape(-1, 36)}, r"'posedirs' .*but has \(15069, 36\)"),
    "NaN": (
        lambda m: {"weights": with_value(m["weights"], (7, 2), np.nan)},
        "'weights' has 1 values that are no numbers",
    ),
    "millimetres": (lambda m: {"v_template": 1000.0 * m["v_template"]}, "'v_template' .*: it is in millimetres"),
    "centimetres": (lambda m: {"v_template": 100.0 * m["v_template"]}, "'v_template' .*: it is in centimetres"),
    "Z up": (lambda m: {"v_template": m["v_template"][:, [0, 2, 1]]}, "another orientation, position or vertex order"),
    "other order": (lambda m: {"v_template": m["v_template"][::-1]}, "another orientation, position or vertex order"),
    "kintree": (
        lambda m: {"kintree_table": m["kintree_table"] * 0},
        r"\(-1, 0, 1, 1, 1\), but gives \(0, 0, 0, 0, 0\)",
    ),
    "weights": (lambda m: {"weights": 0.5 * m["weights"]}, "rows of 'weights' should sum to 1, but one sums to 0.5"),
    "negative": (
        lambda m: {"weights": with_value(m["weights"], 3, [-0.5, 1.5, 0.0, 0.0, 0.0])},
        "'weights' should not be negative, but has -0.5",
    ),
    "empty regressor": (
        lambda m: {"J_regressor": scipy.sparse.csc_matrix((5, VERTICES))},
        "rows of 'J_regressor' should sum to 1, but one sums to 0",
    ),
    "joints outside": (
        lambda m: {"J_regressor": with_value(np.zeros((5, VERTICES)), (slice(None), [0, 1]), [400.0, -399.0])},
        "'J_regressor' should place its joints inside the head, but joint 0 is at .* metres",
    ),
    "faces": (
        lambda m: {"f": with_value(m["f"], (0, 0), VERTICES)},
        "'f' should name vertices 0 to 5022, but names 0 to",
    ),
    "other faces": (lambda m: {"f": m["f"][:, ::-1]}, "'f' of .* has the 5023 vertices .* other faces"),
    "fractions as faces": (lambda m: {"f": m["f"] + 0.5}, "'f' should hold whole numbers"),
    "text": (lambda m: {"weights": "none"}, "'weights' should hold numbers .* but is str"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_array_is_named(small, read, change, message):
    with pytest.raises(InputError, match=message) as caught:
        read({**small, **change(small)})
    assert "flame2023.pkl" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table"])
def test_a_missing_array_is_named(small, read, key):
    with pytest.raises(InputError, match=f"'{key}' is missing"):
        read({name: value for name, value in small.items() if name != key})


def test_other_files_are_told_from_models(read, flame_pickle, tmp_path):
    with pytest.raises(InputError, match="no FLAME model"):
        read([1, 2, 3])
    with pytest.raises(InputError, match="cut off"):
        read(None, content=flame_pickle[: len(flame_pickle) // 2])
    with pytest.raises(InputError, match="there is no such file"):
        read_flame_file(tmp_path / "absent.pkl", NO_CACHE)
    with pytest.raises(InputError, match="'os.system', which is no part of a model"):
        read(None, content=b"cos\nsystem\n(S'exit 1'\ntR.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "version"),
    [
        ("generic_model.pkl", "2020"),  # by the joints
        ("FLAME2019/generic_model.pkl", "2019"),
        ("FLAME_2017/generic_model.pkl", "2017"),
        ("flame2020/pkl/female_model.pkl", "2020"),
        ("flame2023.pkl", "2023"),
        ("FLAME2020/flame2023.pkl", "2023"),
        ("flame2023_no_jaw.pkl", "2023 no-jaw"),
        ("flame2023_Open.pkl", "2023 Open"),
    ],
)
def test_versions(tmp_path, flame_file, tmp_path_factory, place, version):
    path = tmp_path / "home" / place
    path.parent.mkdir(parents=True)
    shutil.copy(flame_file, path)
    cache = Cache(tmp_path_factory.getbasetemp() / "versions_cache")
    data = read_flame_file(path, cache)
    assert data.version == version and data.label == f"FLAME {version} ({path.name})"


def test_a_version_nobody_can_tell(small, tmp_path):
    moved = small["v_template"] + [0.0, 0.001, 0.0]
    path = tmp_path / "a" / "b" / "male_model.pkl"
    path.parent.mkdir(parents=True)
    path.write_bytes(pickle.dumps({**small, "v_template": moved}, 4))
    data = read_flame_file(path, NO_CACHE)
    assert data.version == "unknown" and data.label == "FLAME of unknown version (male_model.pkl)"


def test_a_jaw_without_weights_is_no_jaw(small, read):
    weights = np.array(small["weights"])
    weights[:, 1] += weights[:, 2]
    weights[:, 2] = 0.0
    assert read({**small, "weights": weights}).version == "2023 no-jaw"


def test_the_cache_is_keyed_by_content(small, tmp_path, monkeypatch):
    cache, path = Cache(tmp_path / "cache"), tmp_path / "flame2023.pkl"
    path.write_bytes(pickle.dumps(small, 4))
    first = read_flame_file(path, cache)
    monkeypatch.setattr(flame_file_module, "parse_pickle", lambda *_: pytest.fail("read again"))
    renamed = tmp_path / "flame2023_Open.pkl"
    path.rename(renamed)
    second = read_flame_file(renamed, cache)
    np.testing.assert_array_equal(second.weights, first.weights)
    assert (second.version, second.name) == ("2023 Open", "flame2023_Open.pkl")
    assert not second.weights.flags.writeable
    monkeypatch.undo()
    renamed.write_bytes(pickle.dumps({**small, "v_template": small["v_template"] * 1.01}, 4))
    assert np.abs(read_flame_file(renamed, cache).template - first.template).max() > 1.0


def test_a_bad_file_leaves_nothing_in_the_cache(small, tmp_path):
    cache, path = Cache(tmp_path / "cache"), tmp_path / "flame2023.pkl"
    path.write_bytes(pickle.dumps({**small, "f": small["f"][:-1]}, 4))
    with pytest.raises(InputError, match=rf"'f' should have the shape \({FACES}, 3\)"):
        read_flame_file(path, cache)
    assert cache.size() == 0
