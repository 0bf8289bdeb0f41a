"""Head models by name, and what is said of the files that are found."""

from __future__ import annotations

import pickle
import shutil

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.jobs.model_file_contents import describe_model
from headbridge.model_files import find_flame_file, find_model, model_file
from headbridge.models.flame import FlameParameters
from headbridge.topologies import load_builtin

from .flame.forge import python2_text_pickle
from .torch_models.flame import FlameModel
from .torch_models.ict import IctModel
from .torch_models.registry import load_head_model


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty folder of model files, and a home without any."""
    folder = tmp_path / "models"
    (folder / "flame").mkdir(parents=True)
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return folder


def test_without_files_the_open_models_serve(models):
    flame, hack, ict = (load_head_model(key) for key in ("flame", "hack", "ict"))
    assert isinstance(flame, FlameModel) and flame.data.version == "open topology"
    assert flame.label == "the open FLAME-topology head"
    assert isinstance(hack, IctModel) and hack.label == "ICT-FaceKit in HACK's topology"
    assert (flame.vertex_count, hack.vertex_count, ict.vertex_count) == (5023, 14062, 26719)


def test_the_hack_topology_is_the_first_part_of_the_ict_head(models):
    parameters = FlameParameters(
        identity=torch.ones(1, 5), expression=torch.full((1, 57), 0.1), jaw=torch.tensor([[0.2, 0.0, 0.0]])
    )
    part, whole = load_head_model("hack")(parameters), load_head_model("ict")(parameters)
    torch.testing.assert_close(part.vertices, whole.vertices[:, :14062], atol=1e-4, rtol=0.0)
    torch.testing.assert_close(part.joints, whole.joints, atol=1e-4, rtol=0.0)
    np.testing.assert_array_equal(load_head_model("hack").faces.numpy(), load_builtin("hack").triangles)


@pytest.mark.slow
def test_the_users_flame_file_comes_first_and_2023_before_2020(models, flame_file):
    unpacked = models / "flame" / "FLAME2020"
    unpacked.mkdir()
    shutil.copy(flame_file, unpacked)
    assert find_flame_file() == unpacked / "generic_model.pkl"
    model = load_head_model("flame", dtype=torch.float64)
    assert model.label == "FLAME 2020 (generic_model.pkl)" and model.dtype == torch.float64
    shutil.copy(flame_file, models / "flame" / "flame2023.pkl")
    assert find_flame_file() == models / "flame" / "flame2023.pkl"
    assert load_head_model("flame", path=flame_file).label == "FLAME 2020 (generic_model.pkl)"


def test_a_broken_file_is_never_passed_over(models):
    (models / "flame" / "flame2023.pkl").write_bytes(pickle.dumps({"v_template": np.zeros((6890, 3))}))
    with pytest.raises(InputError, match=r"flame2023.pkl: 'v_template' should have the shape"):
        load_head_model("flame")


def test_found_eyelids_are_used(models):
    shapes = np.random.default_rng(0).normal(0.0, 1e-3, (2, 5023, 3))
    for name, shape in zip(("l_eyelid.npy", "r_eyelid.npy"), shapes):
        np.save(models / "flame" / name, shape)
    model = load_head_model("flame", dtype=torch.float64)
    closed = model(FlameParameters(eyelids=torch.tensor([[1.0, 0.0]], dtype=torch.float64))).vertices
    moved = closed - model(model.zeros()).vertices
    np.testing.assert_allclose(moved[0], 1000.0 * shapes[0], atol=1e-9)


def test_other_names_and_files_for_models_without_any(models, flame_file):
    with pytest.raises(InputError, match="no head model 'bfm'; choose one of flame, hack, ict"):
        load_head_model("bfm")
    with pytest.raises(InputError, match="ict ships with HeadBridge and takes no file"):
        load_head_model("ict", path=flame_file)
    with pytest.raises(InputError, match="no such folder"):
        load_head_model("hack", path=models / "nowhere")


def test_what_found_files_hold(models, flame_file):
    shutil.copy(flame_file, models / "flame")
    described = describe_model(find_model(model_file("flame2020")))
    assert described == "valid, FLAME 2020 (generic_model.pkl), 300 identities and 100 expressions"

    (models / "flame" / "FLAME_masks.pkl").write_bytes(python2_text_pickle({"nose": np.arange(3)}))
    assert describe_model(find_model(model_file("flame_masks"))) == "valid, 1 regions"

    random = np.random.default_rng(0)
    np.savez(
        models / "flame" / "mediapipe_landmark_embedding.npz",
        lmk_face_idx=random.integers(0, 9976, 105),
        lmk_b_coords=random.dirichlet(np.ones(3), 105),
        landmark_indices=np.arange(105),
    )
    assert describe_model(find_model(model_file("flame_mediapipe"))) == "valid, MediaPipe"

    (models / "texgan_ffhq_uv.pth").write_bytes(b"x")
    assert describe_model(find_model(model_file("ffhq_uv"))) == ""
    (models / "flame" / "FLAME_masks.pkl").write_bytes(b"cos\nsystem\n.")
    with pytest.raises(InputError, match="'os.system'"):
        describe_model(find_model(model_file("flame_masks")))
