"""FLAME's expressions as ARKit's keys and back: what both can say goes over and comes back, and the error is the true one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.models.arkit import ARKIT_PARTS, arkit_shapes
from headbridge.models.open_flame import load_open_flame
from headbridge.progress import Progress
from headbridge.sequences import Sequence
from headbridge.sequences.exporting import with_expressions_of
from headbridge.sequences.expressions import convert_expressions
from headbridge.sequences.job import ExportSettings
from headbridge.topologies import load_topology

NAMES = [name for name in ARKIT_PARTS if "Look" not in name and name != "tongueOut"]


def performance(values: dict[str, list[float]]) -> Sequence:
    """ARKit's keys over time, with a head that turns."""
    count = len(next(iter(values.values())))
    expression = np.zeros((count, len(NAMES)))
    for name, curve in values.items():
        expression[:, NAMES.index(name)] = curve
    turns = np.zeros((count, 2, 3))
    turns[:, 0, 1], turns[:, 1, 0] = np.linspace(0.0, 0.5, count), 0.1
    return Sequence(
        source="made",
        frame_ids=np.arange(count),
        model="arkit",
        fps=30.0,
        expression=expression,
        expression_names=np.array(NAMES),
        joint_names=np.array(["root", "left_eye"]),
        rotations=turns,
    )


@pytest.fixture
def smile():
    return performance({"mouthSmileLeft": [0.0, 0.4, 0.8], "jawOpen": [0.0, 0.3, 0.6], "browInnerUp": [0.5, 0.0, 0.2]})


@pytest.fixture
def without_files(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))


def test_the_open_head_has_arkits_shapes_so_that_all_goes_over_and_comes_back(smile, without_files):
    there = convert_expressions(smile, "flame")
    assert there.sequence.model == "flame" and there.errors.max() < 0.02 and there.moved[2] > 2.0
    names = there.sequence.expression_names.tolist()
    # ICT-FaceKit has this one in halves.
    for half in ("browInnerUp_L", "browInnerUp_R"):
        np.testing.assert_allclose(there.sequence.expression[:, names.index(half)], [0.5, 0.0, 0.2], atol=0.02)
    np.testing.assert_allclose(there.sequence.joint("root"), smile.joint("root"), atol=1e-12)
    np.testing.assert_allclose(there.sequence.joint("left_eye"), smile.joint("left_eye"), atol=1e-12)
    back = convert_expressions(there.sequence, "arkit")
    found = {name: back.sequence.expression[:, number] for number, name in enumerate(ARKIT_PARTS)}
    for name in NAMES:
        np.testing.assert_allclose(found[name], smile.expression[:, NAMES.index(name)], atol=0.03, err_msg=name)
    np.testing.assert_allclose(back.sequence.joint("root"), smile.joint("root"), atol=1e-9)
    assert back.errors.max() < 0.05 and back.sequence.fps == 30.0


def test_a_neck_turns_the_head_and_a_jaw_opens_the_mouth(without_files):
    data = load_open_flame()
    turns = np.zeros((2, 5, 3))
    turns[1, 0, 1], turns[1, 1, 1], turns[1, 2, 0] = 0.2, 0.3, 0.2
    codes = Sequence(
        source="made",
        frame_ids=np.arange(2),
        model="flame",
        version=data.version,
        expression=np.zeros((2, len(data.expression))),
        expression_names=np.array(data.expression_names),
        rotations=turns,
        translation=np.array([[0.0, 0.0, 0.0], [50.0, 0.0, 0.0]]),
    )
    found = convert_expressions(codes, "arkit")
    np.testing.assert_allclose(found.sequence.joint("root")[1], [0.0, 0.5, 0.0], atol=1e-9)
    opened = found.sequence.expression[1]
    assert list(ARKIT_PARTS)[int(opened.argmax())] == "jawOpen" and opened.max() > 0.4
    # The jaw's joint with its corrective makes that very shape; neither turns nor places count.
    assert found.errors[1] < 0.15 * found.moved[1] and found.moved[0] < 1e-6


@pytest.mark.slow
def test_a_users_model_gets_as_near_as_it_can_and_says_how_near(models, smile):
    there = convert_expressions(smile, "flame")
    assert there.sequence.version != load_open_flame().version and not len(there.sequence.expression_names)
    # The forged model's expressions are noise: the jaw is all that helps.
    assert there.sequence.joint("jaw")[2, 0] > 0.02
    assert 0.0 < there.errors[2] < there.moved[2]
    # The error that is told is the distance of the two heads' faces.
    from headbridge.sequences.posing import SequencePoser
    from headbridge.sequences.required_model import find_required

    still = replace(there.sequence, rotations=there.sequence.rotations * [[0], [0], [1], [0], [0]])
    required, still = find_required(still)
    face = load_topology("flame").regions["face"] & load_topology("flame").skin
    posed = SequencePoser(still, required.data).vertices(np.array([2]))[0][face]
    _, shapes = arkit_shapes("flame")
    rows = [list(ARKIT_PARTS).index(name) for name in NAMES]
    wanted = required.data.template[face] + np.tensordot(smile.expression[2], shapes[rows][:, face], 1)
    error = np.sqrt((np.linalg.norm(posed - wanted, axis=1) ** 2).mean())
    assert there.errors[2] == pytest.approx(error, rel=1e-3)
    assert f"{there.errors.mean():.2f} mm off" in there.report and there.sequence.notes[-1] == there.report


def test_tables_are_written_of_flames_codes(smile, without_files):
    codes = convert_expressions(smile, "flame").sequence
    table, report = with_expressions_of(codes, ExportSettings(format="arkit-csv"), Progress())
    assert table.model == "arkit" and "of the motion is kept" in report
    assert with_expressions_of(smile, ExportSettings(format="arkit-csv"), Progress()) == (smile, "")


def test_what_has_no_such_expression_is_told(smile):
    with pytest.raises(InputError, match="no codes of FLAME"):
        convert_expressions(smile, "arkit")
    with pytest.raises(InputError, match="not by ARKit's names"):
        convert_expressions(replace(smile, expression_names=None), "flame")
