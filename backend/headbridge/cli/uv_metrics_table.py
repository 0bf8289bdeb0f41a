"""UV metrics as lines for reading."""

from __future__ import annotations

from typing import Any

from .metrics_table import landmark_lines, time_lines


def uv_metrics_table(metrics: dict[str, Any]) -> str:
    """Flips, overlaps, distortion, smear, longest edge, symmetry, landmarks and time (`headbridge.metrics.uv`), one per
    line. Parts that `metrics` lacks are left out."""
    lines = []
    if flipped := metrics.get("flipped"):
        lines.append(
            f"flipped UV triangles: {flipped['count']} (skin {flipped['skin_count']}), area {flipped['area']:.3g}"
        )
    if "problem_triangles" in metrics:
        lines.append(f"flipped or overlapping UV triangles: {metrics['problem_triangles']}")
    if twice := metrics.get("covered_twice"):
        lines.append(
            f"texels covered more than once: {twice['all']:.3%} (skin {twice['skin']:.3%}) of {twice['texels']}"
        )
    if energy := metrics.get("symmetric_dirichlet"):
        for part in ("skin", "all"):
            if energy[part]["median"] is not None:
                lines.append(
                    f"symmetric Dirichlet / 4, {part}: median {energy[part]['median']:.3f}, "
                    f"area mean {energy[part]['area_mean']:.3f}"
                )
    if smear := metrics.get("smear"):
        lines.append(f"smeared triangles: {smear['count']} ({smear['area_share']:.2%} of the skin)")
    if longest := metrics.get("longest_edge"):
        lines.append(f"longest UV edge: {longest['all']:.4f} (skin {longest['skin']:.4f})")
    if mirror := metrics.get("mirror_asymmetry_px"):
        lines.append(f"mirror asymmetry, px: median {mirror['median']:.2f}, p95 {mirror['p95']:.2f}")
    for name, label in (("used", "landmarks, px"), ("held_out", "held-out landmarks, px")):
        lines += landmark_lines(label, (metrics.get("landmarks_px") or {}).get(name))
    return "\n".join([*lines, *time_lines(metrics)])
