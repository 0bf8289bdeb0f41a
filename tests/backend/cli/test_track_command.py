"""``headbridge track`` with what it cannot take."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("text.mp4", "-o", "out"), "no video that can be read"),
        (("text.mp4", "-o", "out", "--frames", "9:3"), "the end should be after the start"),
    ],
)
def test_bad_input_is_one_line(headbridge, tmp_path, arguments, cause):
    (tmp_path / "text.mp4").write_text("no video\n")
    done = headbridge("track", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert cause in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
