"""Sequences go back into trackers' files: what is read of them again is the same head on the same pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.cli.main import main
from headbridge.errors import InputError
from headbridge.models.arkit import ARKIT_PARTS
from headbridge.progress import Progress
from headbridge.sequences import Sequence, import_sequence, write_sequence
from headbridge.sequences.exporting import export_files
from headbridge.sequences.importing import ImportedSequence
from headbridge.sequences.job import ExportSettings
from headbridge.sequences.posing import SequencePoser
from headbridge.sequences.required_model import find_required

from .published_files import FORMS

pytestmark = pytest.mark.slow


def written_again(sequence, form, folder) -> ImportedSequence:
    """What is read of a format's files."""
    folder.mkdir()
    for name, content in export_files(sequence, ExportSettings(format=form)):
        (folder / name).write_bytes(content)
    return import_sequence([str(folder)])


def in_camera(sequence, vertices) -> np.ndarray:
    return (
        np.einsum("tij,tvj->tvi", np.broadcast_to(sequence.camera_R, (len(vertices), 3, 3)), vertices)
        + (sequence.camera_t[:, None])
    )


@pytest.fixture
def imported(published, eyelid_shapes, models, tmp_path):
    def run(form):
        write, version = FORMS[form]
        (tmp_path / form).mkdir()
        return import_sequence([str(write(tmp_path / form, published[version], eyelid_shapes).path)])

    return run


@pytest.mark.parametrize("form", ["vhap", "metrical-tracker", "deca"])
def test_there_and_back(imported, tmp_path, form):
    first = imported(form)
    again = written_again(first.sequence, form, tmp_path / "again")
    assert again.sequence.source == form
    for name in (
        "identity",
        "expression",
        "rotations",
        "translation",
        "camera_K",
        "camera_R",
        "camera_t",
        "camera_size",
    ):
        before, after = getattr(first.sequence, name), getattr(again.sequence, name)
        assert before.shape == after.shape, name
        # Files are in float32: of the focal length in pixels as of the coefficients.
        assert np.abs(before - after).max() <= 1e-6 * max(1.0, np.abs(before).max()), name
    for name in ("eyelids", "light", "static_offset", "detail"):
        before, after = getattr(first.sequence, name), getattr(again.sequence, name)
        assert (before is None) == (after is None) and (before is None or np.abs(before - after).max() < 1e-6), name
    assert np.array_equal(first.sequence.frame_ids, again.sequence.frame_ids)


def heads_of(sequence) -> np.ndarray:
    """(T, V, 3) metres, before the camera."""
    required, sequence = find_required(sequence)
    poser = SequencePoser(sequence, required.data, required.eyelids)
    return in_camera(sequence, np.stack(list(poser.all_vertices(Progress()))))


def test_a_head_that_moves_becomes_a_camera_that_moves(imported, tmp_path):
    first = imported("pixel3dmm").sequence
    with pytest.raises(InputError, match="metrical-tracker has no place for neck"):
        export_files(first, ExportSettings(format="metrical-tracker"))
    rotations = first.rotations.copy()
    rotations[:, first.joint_names.tolist().index("neck")] = 0.0
    about_origin = replace(first, rotations=rotations)
    # The same with the root about its joint: its lids do not turn with the head, so there must be none.
    about_joint = replace(about_origin, root_pivot="joint", eyelids=None)
    for number, sequence in enumerate((about_origin, about_joint)):
        again = written_again(sequence, "metrical-tracker", tmp_path / str(number)).sequence
        assert not again.joint("root").any() and not again.translation.any()
        assert np.linalg.norm(heads_of(sequence) - heads_of(again), axis=2).max() * 1000.0 < 0.01
        assert np.abs(sequence.camera_K - again.camera_K).max() < 1e-3


def test_a_camera_that_moves_becomes_a_head_that_moves(imported, tmp_path):
    first = imported("vhap-export").sequence
    with pytest.raises(InputError, match="the principal point in the middle"):
        export_files(first, ExportSettings(format="vhap"))
    matrix = np.array([[[1400.0, 0.0, 275.0], [0.0, 1400.0, 401.0], [0.0, 0.0, 1.0]]])
    sequence = replace(first, camera_K=matrix)
    again = written_again(sequence, "vhap", tmp_path / "again").sequence
    assert len(again.camera_R) == 1 and again.teeth
    assert np.linalg.norm(heads_of(sequence) - heads_of(again), axis=2).max() * 1000.0 < 0.01
    assert np.abs(again.camera_K - matrix).max() < 1e-3


@pytest.mark.parametrize(
    ("form", "target", "said"),
    [
        ("smirk", "deca", "DECA has room for the first 100 numbers of identity"),
        ("vhap", "metrical-tracker", "codes are of FLAME 2023, but metrical-tracker has codes of FLAME 2020"),
        ("metrical-tracker", "deca", "DECA has room for|no place for"),
        ("mesh-array", "vhap", "only codes of FLAME can be written"),
        ("vhap", "arkit-csv", "the expression is not by ARKit's names"),
    ],
)
def test_what_a_format_cannot_say_is_an_error(imported, form, target, said):
    with pytest.raises(InputError, match=said):
        export_files(imported(form).sequence, ExportSettings(format=target))


def test_arkit_keys_as_a_table(tmp_path):
    names = [name for name in ARKIT_PARTS if name != "tongueOut"]
    frames = np.array([*range(70), 75, 76])
    weights = np.random.default_rng(3).random((len(frames), len(names)))
    sequence = Sequence(
        source="test", frame_ids=frames, model="arkit", fps=30.0, expression=weights, expression_names=np.array(names)
    )
    write_sequence(tmp_path / "sequence.npz", sequence)
    assert main(["export-sequence", str(tmp_path), "-o", str(tmp_path / "out"), "--format", "arkit-csv"]) == 0
    again = import_sequence([str(tmp_path / "out" / "arkit.csv")]).sequence
    assert again.fps == 30.0 and np.array_equal(again.frame_ids, frames)
    found = {name: again.expression[:, place] for place, name in enumerate(again.expression_names.tolist())}
    assert sorted(found) == sorted(ARKIT_PARTS) and not found["tongueOut"].any()
    assert max(np.abs(found[name] - weights[:, place]).max() for place, name in enumerate(names)) < 1e-6
    assert main(["export-sequence", str(tmp_path), "-o", str(tmp_path / "none"), "--format", "vhap"]) == 2
    assert not (tmp_path / "none").exists()
