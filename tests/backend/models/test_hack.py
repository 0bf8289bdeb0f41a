"""The HACK head: a made-up model in the published form against a plain reference of the published formula."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.mesh.io import write_mesh
from headbridge.models.hack import read_hack_folder
from headbridge.topologies import load_builtin

from .hack_files import HackArrays, write_hack_folder
from .torch_models.hack import HackModel
from .torch_models.hack_parameters import HackParameters

FEW = 60
"""Vertices of the reference: every 240th."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hack") / "model"


@pytest.fixture(scope="module")
def arrays(folder) -> HackArrays:
    return write_hack_folder(folder)


@pytest.fixture(scope="module")
def data(arrays, folder):
    return read_hack_folder(folder)


@pytest.fixture(scope="module")
def model(data):
    return HackModel(data, dtype=torch.float64)


@pytest.fixture
def parameters():
    random = torch.Generator().manual_seed(2)

    def numbers(*shape):
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    return HackParameters(
        identity=numbers(2, 200),
        expression=numbers(2, 55),
        pose=0.3 * numbers(2, 8, 3),
        larynx_height=0.1 * numbers(2, 1),
        larynx_size=numbers(2, 1),
        translation=numbers(2, 3),
    )


def bilinear(image: np.ndarray, x: float, y: float) -> float:
    """A pixel at (x, y) in -1..1 from the centre of the first to that of the last; the border goes on outside."""
    height, width = image.shape
    column = min(max((x + 1.0) / 2.0 * (width - 1), 0.0), width - 1.0)
    row = min(max((y + 1.0) / 2.0 * (height - 1), 0.0), height - 1.0)
    left, top = min(int(column), width - 2), min(int(row), height - 2)
    a, b = column - left, row - top
    upper = (1 - a) * image[top, left] + a * image[top, left + 1]
    lower = (1 - a) * image[top + 1, left] + a * image[top + 1, left + 1]
    return (1 - b) * upper + b * lower


def reference(arrays: HackArrays, item: int, parameters: HackParameters, vertices: np.ndarray) -> np.ndarray:
    """(N, 3) cm, the published formula in 4 x 4 matrices for some vertices."""
    beta, psi, theta = (getattr(parameters, n)[item].numpy() for n in ("identity", "expression", "pose"))
    tau, alpha = parameters.larynx_height[item, 0].item(), parameters.larynx_size[item, 0].item()
    turns = Rotation.from_rotvec(theta).as_matrix()
    names = list(arrays.bones)

    def chain(turned):
        matrices = []
        for index, bone in enumerate(arrays.bones.values()):
            local, turn = np.eye(4), np.eye(4)
            local[:3, :3] = bone["matrix"]
            local[:3, 3] = bone["head"]
            turn[:3, :3] = turned[index]
            if bone["parent"] is not None:
                local[1, 3] += arrays.bones[bone["parent"]]["length"]
                local = matrices[names.index(bone["parent"])] @ local
            matrices.append(local @ turn)
        return np.array(matrices)

    posed, rest = chain(turns), chain(np.tile(np.eye(3), (8, 1, 1)))
    weights = arrays.weights / arrays.weights.sum(axis=0)
    mesh, out = load_builtin("hack"), []
    for v in vertices:
        shaped = arrays.mean[v] + beta @ arrays.identity[:, v] + psi @ arrays.expression[:, v]
        for b in range(1, 8):
            shaped = shaped + ((turns[b] - np.eye(3))[:, :, None] * arrays.correctives[b, :, :, v]).sum(axis=(0, 1))
        u, height = mesh.uvs[np.flatnonzero(mesh.corners == v)[0]]
        depth = bilinear(arrays.larynx, 2.0 * u - 1.0, 2.0 * (1.0 - height) - 1.0 + 2.0 * tau)
        shaped = shaped + alpha * depth * arrays.push
        blend = sum(weights[b, v] * posed[b] @ np.linalg.inv(rest[b]) for b in range(8))
        out.append((blend @ [*shaped, 1.0])[:3])
    return np.array(out)


@pytest.mark.slow
def test_it_computes_the_published_formula_in_millimetres(arrays, model, parameters):
    head = model(parameters)
    chosen = np.arange(0, 14062, 14062 // FEW)
    for item in range(2):
        expected = 10.0 * reference(arrays, item, parameters, chosen) + parameters.translation[item].numpy()
        np.testing.assert_allclose(head.vertices[item, chosen].numpy(), expected, atol=1e-3)


def test_single_precision_agrees(data, model, parameters):
    single = {f.name: getattr(parameters, f.name).float() for f in dataclasses.fields(parameters)}
    close = HackModel(data)(HackParameters(**single)).vertices
    np.testing.assert_allclose(close.numpy(), model(parameters).vertices.numpy(), atol=2e-3)


def test_zero_is_the_mean_head(arrays, model):
    head = model(HackParameters(identity=torch.zeros(1, 0, dtype=torch.float64)))
    np.testing.assert_allclose(head.vertices[0].numpy(), 10.0 * arrays.mean, atol=1e-4)
    np.testing.assert_allclose(head.joints[0].numpy(), model.data.bones.joints, atol=1e-9)


def test_the_first_bone_turns_everything_and_corrects_nothing(model):
    pose = torch.zeros(1, 8, 3, dtype=torch.float64)
    pose[0, 0] = torch.tensor([0.2, -0.5, 0.1])
    head, rest = model(HackParameters(pose=pose)), model(HackParameters(pose=torch.zeros_like(pose)))
    np.testing.assert_allclose(head.shaped.numpy(), rest.shaped.expand_as(head.shaped).numpy(), atol=1e-12)
    sides = torch.pdist(head.vertices[0, ::500]), torch.pdist(rest.vertices[0, ::500])
    np.testing.assert_allclose(*(side.numpy() for side in sides), atol=1e-9)
    np.testing.assert_allclose(head.joints[0, 0].numpy(), rest.joints[0, 0].numpy(), atol=1e-9)


def test_gradients_agree_with_finite_differences(model, parameters):
    random = torch.Generator().manual_seed(3)
    pull = torch.randn(14062, 3, generator=random, dtype=torch.float64)
    at = {f.name: getattr(parameters, f.name)[:1].clone().requires_grad_(True) for f in dataclasses.fields(parameters)}
    way = {name: torch.randn(value.shape, generator=random, dtype=torch.float64) for name, value in at.items()}

    def energy(name, step):
        return (model(HackParameters(**(at | {name: at[name] + step * way[name]}))).vertices[0] * pull).sum()

    energy("identity", 0.0).backward()
    for name, value in at.items():
        # The larynx map is linear between its pixels only: a shorter step seldom passes one.
        step = 1e-8 if name == "larynx_height" else 1e-5
        with torch.no_grad():
            expected = ((energy(name, step) - energy(name, -step)) / (2.0 * step)).item()
        tolerance = 2e-3 if name == "larynx_height" else 1e-6
        assert (value.grad * way[name]).sum().item() == pytest.approx(expected, rel=tolerance), name


def test_weights_are_normalised_and_names_are_those_of_ict_facekit(data):
    np.testing.assert_allclose(data.weights.sum(axis=1), 1.0, atol=1e-12)
    assert len(data.expression_names) == 55 and list(data.expression_names) == sorted(data.expression_names)
    assert {"jawOpen", "cheekRaiser_L", "browInnerUp_R"} <= set(data.expression_names)


def test_the_folder_above_will_do_too(folder, data):
    assert read_hack_folder(folder.parent).name == "model"
    np.testing.assert_array_equal(read_hack_folder(folder.parent).mean, data.mean)


def test_parameters_that_do_not_fit_are_refused(model):
    with pytest.raises(InputError, match="201 identity coefficients, but HACK .* has 200"):
        model(HackParameters(identity=torch.zeros(1, 201, dtype=torch.float64)))
    with pytest.raises(InputError, match=r"pose should have the shape \(B, 8, 3\), not \(1, 7, 3\)"):
        HackParameters(pose=torch.zeros(1, 7, 3))
    with pytest.raises(InputError, match="identity 2, pose 3"):
        HackParameters(identity=torch.zeros(2, 5), pose=torch.zeros(3, 8, 3))


@pytest.fixture
def copy(folder, arrays, tmp_path):
    """The folder again, to spoil one file in it."""
    place = tmp_path / "model"
    place.mkdir()
    for path in folder.iterdir():
        (place / path.name).symlink_to(path)

    def spoil(name):
        (place / name).unlink()
        return place / name

    return place, spoil


def test_missing_files_are_named(copy, tmp_path):
    place, spoil = copy
    spoil("P.npy")
    spoil("Lc_mid.png")
    with pytest.raises(InputError, match=r"P.npy, Lc_mid.png of HACK's files are missing; get them from https"):
        read_hack_folder(place)
    with pytest.raises(InputError, match="no such folder"):
        read_hack_folder(tmp_path / "nowhere")


class Harmful:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "S.npy",
            {"mean": np.zeros((14062, 3)), "VT_std": np.zeros((100, 5, 3))},
            r"'VT_std' should have .*\(100, 5, 3\)",
        ),
        ("S.npy", {"mean": np.zeros((5023, 3)), "VT_std": np.zeros(3)}, r"'mean' should have .*\(5023, 3\)"),
        ("E.npy", {"mean": np.full((55, 14062, 3), np.nan, np.float32), "VT_std": 0.0}, "NaN"),
        ("P.npy", {"mean": np.zeros(3)}, "'mean' and 'VT_std'"),
        ("P.npy", {"mean": Harmful(), "VT_std": 0.0}, "print"),
    ],
)
def test_other_spaces_are_refused(copy, name, content, message):
    place, spoil = copy
    np.save(spoil(name), content, allow_pickle=True)
    with pytest.raises(InputError, match=message):
        read_hack_folder(place)


def test_other_weights_are_refused(copy):
    place, spoil = copy
    np.save(spoil("weight_map_smooth.npy"), np.zeros((8, 14062)))
    with pytest.raises(InputError, match="weights that are not negative"):
        read_hack_folder(place)


def test_another_unit_is_refused(copy, arrays):
    place, spoil = copy
    np.save(spoil("S.npy"), {"mean": 10.0 * arrays.mean, "VT_std": arrays.identity}, allow_pickle=True)
    with pytest.raises(InputError, match="centimetres, but measures .* another unit"):
        read_hack_folder(place)


def test_another_template_is_refused(copy):
    place, spoil = copy
    write_mesh(spoil("000_generic_neutral_mesh_newuv.obj"), load_builtin("flame"))
    with pytest.raises(InputError, match="5023 vertices, but the HACK topology has 14062"):
        read_hack_folder(place)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda bones: bones.pop("oc1"), "8 bones"),
        (lambda bones: bones["c2c3"].update(parent="oc1"), "'c2c3' has the parent 'oc1'"),
        (lambda bones: bones["c2c3"].update(matrix=[[2, 0, 0], [0, 1, 0], [0, 0, 1]]), "'c2c3' is no rotation"),
        (lambda bones: bones["c2c3"].pop("length"), "'c2c3' should have a number as 'length'"),
        (lambda bones: bones["c2c3"].update(head=[0, float("nan"), 0]), "'c2c3' should have numbers"),
    ],
)
def test_other_bones_are_refused(copy, arrays, change, message):
    place, spoil = copy
    bones = json.loads(json.dumps(arrays.bones))
    change(bones)
    spoil("bones_neutral.json").write_text(json.dumps(bones))
    with pytest.raises(InputError, match=message):
        read_hack_folder(place)
