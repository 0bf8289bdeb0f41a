"""`headbridge fit-sequence`: meshes in, a sequence out that gives them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.fitting.heads import load_head
from headbridge.models.open_flame import load_open_flame
from headbridge.sequences import read_sequence
from headbridge.sequences.posing import SequencePoser

from ..fitting.sequence.test_fit_sequence import performance, posed


@pytest.mark.slow
def test_an_array_of_meshes_becomes_a_sequence_that_gives_them(run_here, tmp_path):
    head = load_head("open-flame")
    vertices = (posed(head, performance(head, 3, 4)) / 1000.0).astype(np.float32)
    np.save(tmp_path / "meshes.npy", vertices)
    code, out, err = run_here("fit-sequence", "meshes.npy", "-o", "out", "--fps", "24", "--model", "open-flame")
    assert code == 0, err
    assert "3 frames in out." in out
    sequence = read_sequence(tmp_path / "out" / "sequence.npz")
    assert (sequence.source, sequence.version, sequence.fps) == ("headbridge", "open topology", 24.0)
    # By the poser of sequences, which the fit does not use.
    again = SequencePoser(sequence, load_open_flame()).vertices(slice(None))
    assert np.linalg.norm(again - 1000.0 * vertices, axis=2).max() < 0.01
    answer = json.loads((tmp_path / "out" / "sequence.json").read_text())
    assert answer["metrics"]["exact"] and answer["settings"]["model"] == "open-flame"


def test_files_without_vertices_are_refused(refused, tmp_path):
    np.save(tmp_path / "identity.npy", np.zeros(300, np.float32))
    assert "have no vertices" in refused("fit-sequence", "identity.npy", "-o", "out")
