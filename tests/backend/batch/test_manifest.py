"""Rows of manifests, files of folders, and one line for what is wrong in them."""

import pytest

from headbridge.batch.manifest import SubFolder, chosen_rows, find_files, read_manifest
from headbridge.errors import InputError


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_csv_of_every_spreadsheet(tmp_path, separator, line_end):
    lines = [["target", "stiffness", "name"], ["a b.ply", "2.5", '"Ann, ""A"""'], ["", "", ""], ["c.ply", "", "C"]]
    text = "\ufeff" + "".join(separator.join(line) + line_end for line in lines)
    (tmp_path / "heads.csv").write_bytes(text.encode("utf-8"))
    rows = read_manifest(str(tmp_path / "heads.csv"))
    assert [(row.number, row.values) for row in rows] == [
        (1, {"target": "a b.ply", "stiffness": "2.5", "name": 'Ann, "A"'}),
        (2, {"target": "c.ply", "name": "C"}),
    ]


def test_json_lines_keep_their_types(tmp_path):
    text = (
        '{"target": "a.ply", "stiffness": 2, "symmetry": false}\n\n{"images": ["a.jpg", "b\u2028.jpg"], "name": null}\n'
    )
    (tmp_path / "heads.jsonl").write_text(text, encoding="utf-8")
    rows = read_manifest(str(tmp_path / "heads.jsonl"))
    assert [(row.number, row.values) for row in rows] == [
        (1, {"target": "a.ply", "stiffness": 2, "symmetry": False}),
        (2, {"images": ["a.jpg", "b\u2028.jpg"]}),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"target,name\na.ply,A\nb.ply,B,x\n", "row 2: 3 values, but the heading has 2 columns"),
        ("a.csv", b'target,name\na.ply,A\n"b.ply,B\n', "row 2: this is no CSV"),
        ("a.csv", b"target,target\na.ply,A\n", "two columns are called 'target'"),
        ("a.csv", b"target,\na.ply,A\n", "a column has no name"),
        ("a.csv", b"target\n\n", "has no rows"),
        ("a.csv", b"target\na\xff.ply\n", "no UTF-8 text (byte 8)"),
        ("a.csv", b"", "the file is empty"),
        ("a.jsonl", b'{"a": 1}\n{"a": }\n', "row 2: this is no JSON"),
        ("a.jsonl", b'{"a": 1}\n[1]\n', "row 2: this is no JSON object"),
        ("a.jsonl", b"[" * 100_000, "row 1: this is no JSON"),
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_told_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_manifest(str(path))
    assert message in str(caught.value) and str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_files_of_folders_patterns_and_names(tmp_path):
    for name in (
        "b.ply",
        "a.OBJ",
        "notes.txt",
        ".hidden.ply",
        "ann/2.ply",
        "ann/1.ply",
        "ann/deep/3.ply",
        "empty/x.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")

    def found(*places, inside=SubFolder.NONE):
        heads = find_files([str(tmp_path / place) for place in places], [".ply", ".obj"], inside)
        return [[path.removeprefix(f"{tmp_path}/").replace("\\", "/") for path in files] for files in heads]

    assert found("") == [["a.OBJ"], ["b.ply"]]
    assert found("", inside=SubFolder.FILES) == [["a.OBJ"], ["ann/1.ply", "ann/2.ply"], ["b.ply"]]
    assert found("", inside=SubFolder.WHOLE) == [["a.OBJ"], ["ann"], ["b.ply"], ["empty"]]
    assert found("**/*.ply") == [["ann/1.ply"], ["ann/2.ply"], ["ann/deep/3.ply"], ["b.ply"]]
    # A file that two places name is one head; one that is named needs no suffix.
    assert found("b.ply", "*.ply", "notes.txt") == [["b.ply"], ["notes.txt"]]
    for place in ("empty", "missing.ply", "*.glb"):
        with pytest.raises(InputError, match=place.replace("*", r"\*")):
            found(place)


@pytest.mark.parametrize(
    ("text", "rows"), [("2:4", [2, 3, 4]), ("4:9", [4, 5]), ("3", [3]), (":2", [1, 2]), ("4:", [4, 5]), ("7:9", [])]
)
def test_rows_are_counted_from_one_and_both_ends_are_in(text, rows):
    assert list(chosen_rows(text, 5)) == rows


def test_parts_of_an_array_cover_every_row_once():
    assert [row for k in range(7) for row in chosen_rows(f"{3 * k + 1}:{3 * k + 3}", 17)] == list(range(1, 18))


@pytest.mark.parametrize("text", ["0:3", "4:2", "a:b", "1-4", ":0"])
def test_other_rows_are_refused(text):
    with pytest.raises(InputError, match="--rows"):
        chosen_rows(text, 5)
