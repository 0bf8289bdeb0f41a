"""UV metrics as lines: FLAME measured against its own layout."""

from headbridge.cli.uv_metrics_table import uv_metrics_table
from headbridge.metrics.uv import uv_metrics
from headbridge.topologies import load_builtin, load_topology


def test_every_measure_has_its_line():
    flame, topology = load_builtin("flame"), load_topology("flame")
    measured = uv_metrics(flame, flame.uvs, source=flame, source_topology=topology, target_topology=topology)
    lines = uv_metrics_table({**measured, "seconds": 2.5}).splitlines()
    # 940,901 texels are what a correct rasteriser covers of this layout at 1024.
    assert lines[:2] == [
        "flipped UV triangles: 0 (skin 0), area 0",
        "texels covered more than once: 0.000% (skin 0.000%) of 940901",
    ]
    names = [line.split(":")[0] for line in lines[2:]]
    assert names == [
        "symmetric Dirichlet / 4, skin", "symmetric Dirichlet / 4, all", "smeared triangles", "longest UV edge",
        "mirror asymmetry, px", "landmarks, px", "time",
    ]  # fmt: skip
    assert lines[-2:] == ["landmarks, px: mean 0.00, p95 0.00, max 0.00 (51 points)", "time: 2.50 s"]
    assert "smeared triangles: 0 (0.00% of the skin)" in lines


def test_parts_that_were_not_measured_are_left_out():
    empty = {"median": None, "area_mean": None, "scale": None}
    assert uv_metrics_table({}) == ""
    lines = uv_metrics_table(
        {
            "symmetric_dirichlet": {"skin": empty, "all": {"median": 1.0, "area_mean": 1.25, "scale": 2.0}},
            "problem_triangles": 7,
            "mirror_asymmetry_px": None,
            "landmarks_px": {"used": None, "held_out": {"count": 51, "mean": 2.0, "p95": 3.0, "max": 4.0}},
        }
    ).splitlines()
    assert lines == [
        "flipped or overlapping UV triangles: 7",
        "symmetric Dirichlet / 4, all: median 1.000, area mean 1.250",
        "held-out landmarks, px: mean 2.00, p95 3.00, max 4.00 (51 points)",
    ]
