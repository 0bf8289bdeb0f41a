"""The demo's bars and its report."""

from __future__ import annotations

import html
import re

import pytest
from demo.bars import Bar, bars, photo_bars, uv_bars
from demo.report import Chapter, report
from demo.report_photo import PhotoChapter
from demo.report_uv import UvChapter


def summary(p95: float) -> dict:
    return {"count": 10, "mean": 0.01, "median": 0.02, "p95": p95, "max": 0.9}


def metrics(flips: int = 0, crossing: int = 3, held_out: float | None = 1.5) -> dict:
    regions = {"all": 0.08, "face": 0.05, "narrow_face": 0.35}
    return {
        "distances": {
            name: {"source_to_target": summary(p95), "target_to_source": summary(2 * p95)}
            for name, p95 in regions.items()
        },
        "landmarks": {
            "used": None,
            "held_out": None if held_out is None else {"count": 5, "mean": held_out, "p95": 2.0, "max": 3.0},
        },
        "flipped_triangles": flips,
        "self_intersecting_triangles": crossing,
        "template_self_intersecting_triangles": 3,
        "edge_log_ratio": {"median": 0.1, "p95": 0.29, "max": 1.0},
        "seconds": 1.5,
        "timings": {"alignment": 0.25},
    }


def reached(key: str, **changes) -> dict[str, bool]:
    return {bar.label: bar.reached for bar in bars(key, metrics(**changes))}


def test_a_bar_is_reached_up_to_its_limit():
    assert Bar("", 0.1, 0.1).reached
    assert not Bar("", 0.1001, 0.1).reached
    assert not Bar("", None, 0.1).reached
    assert Bar("", 32.0, 32.0, least=True).reached
    assert not Bar("", 31.9, 32.0, least=True).reached
    assert not Bar("", None, 32.0, least=True).reached


def test_bars_of_the_jobs():
    assert not reached("flame-onto-hack")["Registration time"]
    assert reached("hack-onto-flame") == dict.fromkeys(reached("hack-onto-flame"), True)
    assert not reached("hack-onto-flame", held_out=None)["Held-out landmarks, mean"]
    assert not reached("hack-onto-scan")["Narrow face distance, 95 %"]


@pytest.mark.parametrize("key", ["flame-onto-hack", "hack-onto-flame", "hack-onto-scan"])
def test_flips_and_new_crossings_reach_no_bar(key):
    assert not reached(key, flips=1)["Flipped triangles"]
    assert not reached(key, crossing=4)["Self-intersecting triangles, at most the source's own"]


def uv_metrics(**changes) -> dict:
    numbers = {
        "flipped": {"count": 3, "area": 1e-6, "skin_count": 0},
        "covered_twice": {"all": 0.0005, "skin": 0.0, "texels": 900_000},
        "symmetric_dirichlet": {
            "skin": {"median": 1.2, "area_mean": 1.8, "scale": 0.002},
            "all": {"median": 1.3, "area_mean": 2.0, "scale": 0.002},
        },
        "smear": {"count": 0, "area_share": 0.0},
        "longest_edge": {"skin": 0.06, "all": 0.07},
        "mirror_asymmetry_px": {"median": 0.5, "p95": 2.9, "axis": "u", "at": 0.5},
        "landmarks_px": {
            "used": {
                "count": 51,
                "mean": 2.0,
                "p95": 3.0,
                "max": 4.0,
                "groups": {"brows": 2.0, "nose": 2.0, "eyes": 2.0, "outer lips": 2.0, "inner lips": None},
            },
            "held_out": {"count": 51, "mean": 2.5, "p95": 6.0, "max": 9.0, "groups": {"brows": 2.5}},
        },
        "seconds": 4.0,
        "seconds_by_stage": {"registration": 1.5, "mapping": 2.5},
    }
    return {**numbers, **changes}


def test_bars_of_a_uv_transfer():
    verdicts = {bar.label: bar.reached for bar in uv_bars(uv_metrics())}
    assert [label for label, reached in verdicts.items() if not reached] == [
        "Symmetric Dirichlet / 4, area mean",
        "Mirror asymmetry, 95 %",
    ]
    nothing = {bar.label: bar.value for bar in uv_bars(uv_metrics(mirror_asymmetry_px=None, landmarks_px=None))}
    assert nothing["Mirror asymmetry, median"] is None
    assert nothing["Held-out landmarks, mean"] is None


@pytest.fixture
def uv_chapter():
    settings, versions = {"method": "surface"}, {"headbridge": "0.1.0"}
    answer = {"metrics": uv_metrics(), "notes": [], "settings": settings, "versions": versions}
    return UvChapter("HACK wearing FLAME's UVs", answer, uv_bars(uv_metrics()), {"checker": b"picture"}, 5.0, 2.0)


@pytest.fixture
def chapter():
    answer = {
        "metrics": metrics(flips=2),
        "notes": ["Source: <recognised>."],
        "settings": {"stiffness": 1.0},
        "versions": {"headbridge": "0.1.0"},
    }
    return Chapter(
        "HACK onto FLAME", answer, bars("hack-onto-flame", metrics(flips=2)), {"before": b"not a picture"}, 2.5
    )


@pytest.fixture
def photo_chapter():
    view = {"landmark_error": 0.012, "psnr_model": 26.5, "psnr": 33.25, "distance_mm": 812.0}
    answer = {
        "metrics": {"seconds": 20.0, "identity_sigmas": 0.7},
        "notes": [],
        "settings": {"model": "flame"},
        "versions": {"headbridge": "0.1.0"},
        "stages": [{"name": "landmarks", "seconds": 1.5}],
        "views": [{"metrics": view, "camera": {"K": [[700.0, 0, 256]], "width": 512, "height": 480}}],
    }
    return PhotoChapter("A portrait", answer, photo_bars(view, 22.0), {"turntable": b"picture"}, 22.0)


def test_report_is_one_file_with_everything(chapter, uv_chapter, photo_chapter):
    page = report([chapter], [uv_chapter], [photo_chapter], {"open": b"skins"}, [], "5.0.1", 61.0)
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "data:image/jpeg;base64,bm90IGEgcGljdHVyZQ==" in page
    assert "data:image/jpeg;base64,c2tpbnM=" in page
    assert "Source: &lt;recognised&gt;." in page
    rows = [html.unescape(re.sub("<[^>]+>", "|", row)) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert "|Flipped triangles||2 ||at most 0|||over||" in rows
    assert "|A portrait||1.20%||26.5 dB||33.2 dB||22 s||3 of 4|" in rows
    assert "|Face by the texture model alone||26.5 dB||at least 27 dB|||over||" in rows
    assert "|distance||812 mm|" in rows and "|landmarks||1.50 s|" in rows
    assert "|narrow face||target to result||10||0.010||0.020||0.700||0.900|" in rows
    assert "|HACK onto FLAME||0.010||0.050||0.100||2||1.50 s||6 of 7|" in rows
    assert "|HACK wearing FLAME's UVs||3||0.050%||0||1.20 / 1.80||2.50 s||7 of 9|" in rows
    assert "|Symmetric Dirichlet / 4, area mean||1.8 ||at most 1.75|||over||" in rows
    assert "|used||2.00||3.00||4.00||2.00||2.00||2.00||2.00||\u2013|" in rows


def test_report_names_what_failed(chapter):
    assert "FLAME onto HACK: no backend" in report([chapter], [], [], {}, ["FLAME onto HACK: no backend"], "5.0.1", 1.0)
    assert "Failed" not in report([chapter], [], [], {}, [], "5.0.1", 1.0)
