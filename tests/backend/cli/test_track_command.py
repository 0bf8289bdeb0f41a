"""``headbridge track`` with what it cannot take."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("missing.mp4", "-o", "out"), "no such file"),
        (("text.mp4", "-o", "out"), "no video that can be read"),
        (("empty", "-o", "out"), "no pictures"),
        (("text.mp4", "-o", "out", "--frames", "9:3"), "the end should be after the start"),
        (("text.mp4", "-o", "text.mp4"), "this is a file"),
    ],
)
def test_bad_input_is_one_line(headbridge, tmp_path, arguments, cause):
    (tmp_path / "text.mp4").write_text("no video\n")
    (tmp_path / "empty").mkdir()
    done = headbridge("track", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert cause in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
