"""A key changes with what a result depends on, and with nothing else."""

from dataclasses import replace

import pytest

from headbridge.batch.head import Head, content_digest, input_name


@pytest.fixture
def head(tmp_path):
    """Makes a head of a file with that content: `head(b"...", "a.ply")`."""

    def make(content: bytes, name: str = "a.ply", **values) -> Head:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)
        return Head(1, "a", "register", [], {"target": str(path), **values}, [str(path)], ".obj")

    return make


def test_the_place_of_a_file_does_not_count_but_its_content_does(head):
    key = head(b"one").key()
    assert head(b"one", "elsewhere/b.ply").key() == key
    assert replace(head(b"one"), row=7, name="other").key() == key
    assert head(b"two").key() != key


def test_settings_jobs_and_the_form_of_the_result_count(head):
    first = head(b"one", setting_stiffness=1.0)
    keys = [first, head(b"one"), head(b"one", setting_stiffness=2.0), replace(first, job="uv")]
    keys += [replace(first, suffix=".ply"), head(b"one", setting_seed=1.0)]
    assert len({made.key() for made in keys}) == len(keys)


def test_folders_and_tiles_count_by_names_and_contents(tmp_path):
    folder = tmp_path / "fit"
    folder.mkdir()
    (folder / "head.obj").write_text("v")
    first = content_digest(str(folder))
    (folder / "head.obj").rename(folder / "mesh.obj")
    assert content_digest(str(folder)) != first
    pattern = str(tmp_path / "skin_<UDIM>.png")
    digests = [content_digest(pattern)]
    for name, text in (("skin_1001.png", "a"), ("skin_1002.png", "a"), ("skin_1002.png", "b"), ("skin_x.png", "b")):
        (tmp_path / name).write_text(text)
        digests.append(content_digest(pattern))
    assert len(set(digests)) == 4 and digests[3] == digests[4]
    assert len({content_digest(str(tmp_path / "skin_*.png")), *digests, content_digest(str(tmp_path / "*"))}) == 6


def test_what_is_no_file_has_no_content(tmp_path):
    import os

    assert content_digest(str(tmp_path / "missing")) == ""
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert content_digest(str(tmp_path / "pipe")) == ""


def test_names_are_fit_for_every_file_system():
    assert input_name("scans/Anna_01.v2.ply") == "Anna_01.v2"
    names = [input_name(f"{stem}.ply") for stem in ("Zoë", "Zo_", "a b", "a/b", "x" * 240, "y" * 81, "", "con\nsole")]
    assert all(len(name) <= 80 and name.isascii() and not set(name) & set(' /\\:*?"<>|\n') for name in names)
    assert input_name("Zoë.ply") != input_name("Zoé.ply")
