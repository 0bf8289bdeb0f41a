"""Verdicts in Blender: what operators report, what objects keep, what panels draw, what inherits them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

LINE = "Check: The nose is off. Give landmark pairs there."
CHECK = {
    "verdict": "check",
    "reasons": [
        {"level": "check", "text": "The nose is off.", "region": "nose", "step": "Give landmark pairs there."},
        {"level": "check", "text": "3 triangles are flipped.", "region": "", "step": ""},
    ],
}
GOOD = {"verdict": "good", "reasons": []}


class Layout:
    """Stands in for a panel's layout: keeps the labels with their icons, whether they are drawn as an alert, and whether
    they are folded away at first."""

    def __init__(self, drawn, folded=False):
        self.drawn, self.folded, self.alert = drawn, folded, False

    def column(self, **_kind):
        return Layout(self.drawn, self.folded)

    row = box = split = column

    def label(self, text, icon="NONE"):
        self.drawn.append((text, icon, self.alert, self.folded))

    def panel(self, _name, default_closed):
        assert default_closed
        return Layout(self.drawn), Layout(self.drawn, folded=True)


@pytest.fixture
def drawn(addon):
    """What a panel of that many characters shows of an answer: the line, and what is folded."""

    def draw(answer, monkeypatch, width=60):
        labels = []
        panel = addon("verdict_panel")
        monkeypatch.setattr(panel, "line_characters", lambda _context: width)
        panel.draw_verdict(Layout(labels), SimpleNamespace(), answer, "test", [("Mean", "0.1 mm")], ["A note."])
        return [label[:3] for label in labels if not label[3]], [label[:2] for label in labels if label[3]]

    return draw


def test_a_good_result_is_one_line_and_its_numbers_are_folded(drawn, monkeypatch):
    seen, folded = drawn(GOOD, monkeypatch)
    assert seen == [("Good.", "CHECKMARK", False)]
    assert folded == [("A note.", "INFO"), ("Mean", "NONE"), ("0.1 mm", "NONE")]
    assert drawn({"metrics": {}}, monkeypatch)[0] == [("Numbers", "NONE", False)], "a job that does not judge"


def test_what_should_be_looked_at_is_an_alert_with_the_next_step_and_all_reasons_folded(drawn, monkeypatch):
    seen, folded = drawn(CHECK, monkeypatch)
    assert seen == [("Check: The nose is off.", "ERROR", True)]
    assert folded[:3] == [
        ("Check: The nose is off.", "ERROR"),
        ("Give landmark pairs there.", "FORWARD"),
        ("3 triangles are flipped.", "DOT"),
    ]


def test_a_narrow_panel_breaks_what_is_folded(drawn, monkeypatch):
    assert drawn(CHECK, monkeypatch, 20)[1][:2] == [("Check: The nose is", "ERROR"), ("off.", "BLANK1")]


def test_icons_exist(drawn, monkeypatch, addon):
    known = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys()
    labels = [label for answer in (CHECK, GOOD) for part in drawn(answer, monkeypatch) for label in part]
    assert {label[1] for label in labels} <= set(known)


@pytest.fixture
def reported(addon, monkeypatch):
    """The kinds and texts of what operators report when they have done their work."""
    texts = []
    report = addon("session_report")
    succeed = report.succeed

    def spy(operator, text, judged):
        return succeed(SimpleNamespace(report=lambda kind, told: texts.append((*kind, told))), text, judged)

    monkeypatch.setattr(report, "succeed", spy)
    return texts


def test_a_registration_reports_and_keeps_its_verdict(heads, fake_worker, reported):
    fake_worker("check")
    assert bpy.ops.headbridge.register(source="Source", target="Target") == {"FINISHED"}
    assert reported == [("WARNING", f"'Source on Target' registered. {LINE}")]
    result = bpy.context.scene.headbridge.result
    assert result["headbridge_verdict"] == LINE
    assert json.loads(result["headbridge_verdict_reasons"]) == CHECK
    assert json.loads(result["headbridge_result"])["verdict"] == "check"


def test_a_good_registration_is_no_warning(heads, fake_worker, reported):
    fake_worker("good")
    bpy.ops.headbridge.register(source="Source", target="Target")
    assert reported == [("INFO", "'Source on Target' registered")]
    assert bpy.context.scene.headbridge.result["headbridge_verdict"] == "Good."


@pytest.mark.parametrize("operator", ["register", "transfer_uvs", "fit_scan", "convert_head"])
def test_a_failed_result_is_an_error_and_changes_nothing(heads, fake_worker, scene_content, operator):
    fake_worker("failed-result")
    bpy.context.view_layer.objects.active = heads[1]
    names = {"source": "Source", "target": "Target"} if operator in {"register", "transfer_uvs"} else {}
    before = scene_content()
    with pytest.raises(RuntimeError, match="Failed: There is no mouth. Look for it."):
        getattr(bpy.ops.headbridge, operator)(**names)
    assert scene_content() == before
    error = bpy.context.window_manager.headbridge.error
    assert error.splitlines() == ["Failed: There is no mouth. Look for it.", "3 triangles are flipped."]


def test_a_transfer_inherits_the_verdict_of_the_registration_it_uses(heads, fake_worker, addon, reported):
    fake_worker("check")
    bpy.ops.headbridge.register(source="Source", target="Target")
    addon("backend_worker").stop()
    fake_worker("answer")
    bpy.ops.headbridge.transfer_uvs(source="Source", target="Target")
    kind, text = reported[-1]
    assert kind == "WARNING" and text.endswith(LINE)
    answer = json.loads(heads[1].data["headbridge_uv_transfers"])["FLAME"]
    assert answer["verdict"] == "check" and answer["reasons"] == CHECK["reasons"]
    assert json.loads(answer["options"]["registered_verdict"]) == CHECK, "so that triangles can be named"


@pytest.mark.parametrize("transferred", [False, True])
def test_a_bake_inherits_the_verdict_of_what_it_rests_on(heads, fake_worker, addon, reported, transferred):
    fake_worker("check")
    if transferred:
        bpy.ops.headbridge.transfer_uvs(source="Source", target="Target")
    else:
        bpy.ops.headbridge.register(source="Source", target="Target")
    addon("backend_worker").stop()
    fake_worker("answer")
    image = bpy.data.images.new("Face", 8, 8)
    bpy.ops.headbridge.bake_texture(source="Source", target="Target", image=image.name)
    assert reported[-1] == ("WARNING", f"Baked 'Face on Target'. {LINE}")
    assert json.loads(bpy.context.scene.headbridge.baked["headbridge_bake"])["verdict"] == "check"


@pytest.mark.parametrize("result", ["RIG", "KEYS"])
def test_a_fit_to_a_scan_keeps_its_verdict(heads, fake_worker, reported, result):
    fake_worker("check")
    bpy.ops.headbridge.fit_scan(object="Source", result=result)
    assert reported[-1][0] == "WARNING" and reported[-1][1].endswith(LINE)
    kept = [obj for obj in bpy.data.objects if "headbridge_fit" in obj]
    assert [obj["headbridge_verdict"] for obj in kept] == [LINE]


@pytest.mark.parametrize(("status", "written"), [(0, True), (3, True), (1, False)])
def test_the_command_line_writes_a_blend_file_that_should_be_looked_at(
    addon, tmp_path, monkeypatch, make_mesh, fake_worker, status, written
):
    fake_worker("answer")
    arrays = addon("mesh_arrays").read_object(make_mesh("Head"))

    def backend(_python, arguments):
        """Stands in for the backend's command line."""
        files = dict(zip(arguments[-4::2], arguments[-3::2]))
        np.savez(files["--output"], vertices=arrays.vertices, corners=arrays.corners, face_sizes=arrays.face_sizes)
        with open(files["--json"], "w", encoding="utf-8") as file:
            json.dump({**CHECK, "mm_per_target_unit": 1.0}, file)
        return status

    monkeypatch.setattr(addon("command"), "_backend", backend)
    output = tmp_path / "head.blend"
    assert addon("command").run(["register", "a.obj", "b.obj", "-o", str(output)]) == status
    assert output.exists() == written
    if written:
        assert bpy.data.objects["head"]["headbridge_verdict"] == LINE
