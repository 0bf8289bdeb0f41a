"""The real UV transfer through the real worker."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from headbridge.mesh.io import write_mesh
from headbridge.topologies import load_builtin

pytestmark = pytest.mark.slow


@pytest.fixture
def caps(job_folder, sphere_cap):
    """A job folder with a fine cap with UVs, a coarse one in metres and without, and the fine one lying on that."""
    source, uvs = sphere_cap(20)
    target, _ = sphere_cap(13)
    write_mesh(job_folder / "source.npz", replace(source, uvs=uvs))
    write_mesh(job_folder / "registered.npz", source.with_vertices(0.001 * source.vertices))
    write_mesh(job_folder / "target.npz", target.with_vertices(0.001 * target.vertices))
    return job_folder


def test_transfer_end_to_end(start_worker, caps, sphere_cap):
    worker = start_worker(real=True)
    answer, notes = worker.answer(worker.request("uv", job="one", folder=str(caps), settings={"seed": 3}))
    result = answer["result"]
    assert result["result"] == "result.npz" and result["layout_name"] == "source"
    assert result["settings"]["seed"] == 3 and result["metrics"]["flipped"]["count"] == 0
    target, expected = sphere_cap(13)
    with np.load(caps / "result.npz") as stored:
        np.testing.assert_allclose(stored["corner_uvs"], expected, atol=0.002)
        assert stored["corner_uvs"].dtype == np.float32 and stored["matched"].all()
        assert stored["problem_triangles"].shape == (len(target.triangles),) and not stored["problem_triangles"].any()
    assert json.loads((caps / "metrics.json").read_text())["metrics"] == result["metrics"]
    assert notes and {note["method"] for note in notes} == {"progress"}


def test_cancel_within_a_second(start_worker, job_folder):
    for name, key in (("source", "flame"), ("target", "hack")):
        write_mesh(job_folder / f"{name}.npz", load_builtin(key))
    worker = start_worker(real=True)
    request = worker.request("uv", job="one", folder=str(job_folder), settings={})
    assert worker.next()["method"] == "progress"
    asked = time.monotonic()
    worker.notify("cancel", job="one")
    assert worker.answer(request)[0]["error"]["code"] == -32003
    assert time.monotonic() - asked < 1.0
    assert not (job_folder / "result.npz").exists() and not (job_folder / "metrics.json").exists()
    assert worker.call("hello", protocol=1)["result"]["protocol"] == 1


def test_wrong_input_is_told(start_worker, caps, sphere_cap):
    worker = start_worker(real=True)
    bare, _ = sphere_cap(20)
    for job, (name, mesh, message) in enumerate(
        (
            (
                "registered.npz",
                bare.with_vertices(0.001 * bare.vertices + 5.0),
                "Only 0 % of target.npz lies on source",
            ),
            ("registered.npz", sphere_cap(5)[0], "The registered mesh 'registered.npz' has 36 vertices"),
            ("source.npz", bare, "source.npz has no UVs; unwrap it first"),
            ("source.npz", None, "source.npz: there is no such file"),
        )
    ):
        (caps / name).unlink() if mesh is None else write_mesh(caps / name, mesh)
        if name == "source.npz":
            (caps / "registered.npz").unlink(missing_ok=True)
        error = worker.call("uv", job=str(job), folder=str(caps), settings={})["error"]
        assert error["code"] == -32002 and error["data"]["exit_code"] == 2 and message in error["message"]
    assert not (caps / "result.npz").exists()
