"""The real registration through the real worker."""

import json

import numpy as np
import pytest

from headbridge.mesh.io import write_mesh
from headbridge.topologies import load_builtin


@pytest.fixture
def heads(job_folder):
    """A job folder with FLAME and HACK in metres."""
    for name, key in (("source", "flame"), ("target", "hack")):
        head = load_builtin(key)
        write_mesh(job_folder / f"{name}.npz", head.with_vertices(0.001 * head.vertices))
    return job_folder


@pytest.mark.slow
def test_registration_end_to_end(start_worker, heads):
    worker = start_worker(real=True)
    count = len(load_builtin("flame").vertices)
    exclude = np.arange(count) < 100
    np.savez(heads / "options.npz", source_exclude=exclude)
    answer, notes = worker.answer(worker.request("register", job="one", folder=str(heads), settings={"seed": 3}))
    result = answer["result"]
    assert (
        result["mm_per_target_unit"] == 1000.0 and result["settings"]["seed"] == 3 and result["result"] == "result.npz"
    )
    with np.load(heads / "result.npz") as stored:
        registered, aligned, distance = (stored[name] for name in ("registered", "aligned", "distance_mm"))
    assert registered.shape == aligned.shape == (count, 3) and distance.shape == (count,)
    assert np.isnan(distance[exclude]).all() and np.nanpercentile(distance, 50) < 0.5
    assert np.linalg.norm(registered - aligned, axis=1).max() < 0.05, "both are in metres and in one place"
    assert json.loads((heads / "metrics.json").read_text())["metrics"] == result["metrics"]
    previews = [note["params"]["vertices"] for note in notes if note["params"]["vertices"]]
    assert previews
    with np.load(heads / previews[-1]) as stored:
        near = np.linalg.norm(stored["vertices"] - registered, axis=1)
    assert np.median(near) < 0.005, "previews are in the target's frame"


@pytest.mark.slow
def test_cancel_and_the_next_job(start_worker, heads):
    worker = start_worker(real=True)
    request = worker.request("register", job="one", folder=str(heads), settings={})
    assert worker.next()["method"] == "progress"
    worker.notify("cancel", job="one")
    assert worker.answer(request)[0]["error"]["code"] == -32003
    assert not (heads / "result.npz").exists() and not (heads / "metrics.json").exists()
    assert worker.call("hello", protocol=1)["result"]["protocol"] == 1


@pytest.mark.slow
def test_wrong_meshes_are_told(start_worker, heads, write_unchecked):
    worker = start_worker(real=True)
    flame = load_builtin("flame")
    broken = flame.vertices.copy()
    broken[3] = np.nan
    write_unchecked(heads / "target.npz", flame.with_vertices(broken))
    error = worker.call("register", job="one", folder=str(heads), settings={})["error"]
    assert error["code"] == -32002 and error["data"]["exit_code"] == 2
    assert "The target 'target.npz' has 1 vertex with NaN" in error["message"]
