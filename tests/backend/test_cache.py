"""The cache gives back what was put, forgets what was not used, and never stands in the way."""

import io
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import headbridge.cache as cache_module
from headbridge.cache import Cache, cache_folder, content_key
from headbridge.uv.job import UvSettings

KEYS = [content_key(k) for k in range(6)]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "deep" / "cache")


def entry(cache, key=KEYS[0]) -> Path:
    return cache.folder / f"net-{key}.npz"


def age(cache, key, seconds):
    state = entry(cache, key).stat()
    os.utime(entry(cache, key), ns=(state.st_atime_ns, state.st_mtime_ns - int(seconds * 1e9)))


def test_arrays_come_back_as_they_were(cache):
    arrays = {"weights": np.random.default_rng(3).random((4, 5)), "count": np.int32(7), "names": np.array(["a", "é"])}
    assert cache.get("net", KEYS[0]) is None
    cache.put("net", KEYS[0], arrays)
    back = Cache(cache.folder).get("net", KEYS[0])
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == np.asarray(array).dtype
    assert cache.get("net", KEYS[1]) is None and cache.get("registration", KEYS[0]) is None
    assert [path.name for path in cache.folder.iterdir()] == [entry(cache).name] and cache.notes == []
    assert cache.size() == entry(cache).stat().st_size


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "pickle", "text"])
def test_damaged_entries_count_as_missing_and_are_replaced(cache, damage):
    arrays = {"weights": np.arange(1000.0)}
    cache.put("net", KEYS[0], arrays)
    path = entry(cache)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
    elif damage == "pickle":
        np.savez(path, weights=np.array([{}], dtype=object))
        content = path.read_bytes()
    else:
        content = b"" if damage == "empty" else b"no archive"
    path.write_bytes(content)
    assert cache.get("net", KEYS[0]) is None and cache.get("net", KEYS[0]) is None
    assert cache.notes == [f"{path}: the cache entry was damaged; computed again."]
    cache.put("net", KEYS[0], arrays)
    np.testing.assert_array_equal(cache.get("net", KEYS[0])["weights"], arrays["weights"])


def test_entries_not_used_for_longest_go_first_and_other_files_stay(cache):
    arrays = {"weights": np.zeros(1000)}
    cache.put("net", KEYS[0], arrays)
    cache.size_limit = int(3.5 * cache.size())
    foreign = cache.folder / "holiday.npz"
    foreign.write_bytes(b"x" * cache.size_limit)
    abandoned = cache.folder / f".net-{KEYS[5]}.npz.4711.part"
    abandoned.write_bytes(b"x" * 1000)
    os.utime(abandoned, (0, 0))
    writing = cache.folder / f".net-{KEYS[5]}.npz.4712.part"
    writing.write_bytes(b"x" * 1000)
    for key in KEYS[1:3]:
        cache.put("net", key, arrays)
    for place, key in enumerate(KEYS[:3]):
        age(cache, key, 100 - place)
    assert cache.get("net", KEYS[0]) is not None, "using the oldest makes it the newest"
    cache.put("net", KEYS[3], arrays)
    assert [key for key in KEYS if entry(cache, key).exists()] == [KEYS[0], KEYS[2], KEYS[3]]
    assert foreign.exists() and writing.exists() and not abandoned.exists()
    assert cache.size() <= cache.size_limit


def test_an_entry_larger_than_the_limit_is_not_kept_and_displaces_nothing(cache):
    cache.put("net", KEYS[0], {"weights": np.zeros(10)})
    cache.size_limit = 10_000
    cache.put("net", KEYS[1], {"weights": np.zeros(10_000)})
    assert cache.get("net", KEYS[0]) is not None and cache.get("net", KEYS[1]) is None


def test_a_folder_that_cannot_be_made_is_a_note(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    for key in KEYS[:2]:
        cache.put("net", key, {"weights": np.zeros(3)})
        assert cache.get("net", key) is None
    assert len(cache.notes) == 2 and all(note.startswith("Not kept for the next time: ") for note in cache.notes)
    assert "does not exist; create it or choose another" in cache.notes[0] and "HEADBRIDGE_CACHE" in cache.notes[0]
    assert cache.size() == 0 and (tmp_path / "file").read_text() == "in the way"


def test_a_read_only_folder_is_a_note(cache, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, os.strerror(13))

    cache.put("net", KEYS[0], {"weights": np.zeros(3)})
    monkeypatch.setattr(os, "replace", refuse)
    cache.put("net", KEYS[1], {"weights": np.zeros(3)})
    assert "may not be written; change its permissions" in cache.notes[0]
    assert [path.name for path in cache.folder.iterdir()] == [entry(cache).name]


def test_no_folder_is_no_cache():
    cache = Cache(None)
    cache.put("net", KEYS[0], {"weights": np.zeros(3)})
    assert cache.get("net", KEYS[0]) is None and cache.notes == [] and cache.size() == 0


@pytest.mark.parametrize(
    ("kind", "key"), [("../net", KEYS[0]), ("net", "../" + KEYS[0]), ("net", "abc"), ("", KEYS[0])]
)
def test_names_that_are_no_entries_are_refused(cache, kind, key):
    with pytest.raises(ValueError, match="do not name a cache entry"):
        cache.put(kind, key, {})


def test_python_objects_are_refused(cache):
    with pytest.raises(TypeError, match="Python objects"):
        cache.put("net", KEYS[0], {"weights": np.array([{}], dtype=object)})


@pytest.mark.slow
def test_two_processes_share_a_folder(cache, backend_environment):
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from headbridge.cache import Cache, content_key\n"
        "cache = Cache(Path(sys.argv[1]), 60_000)\n"
        "for turn in range(60):\n"
        "    key = content_key(turn % 7)\n"
        "    found = cache.get('net', key)\n"
        "    assert found is None or (found['weights'] == turn % 7).all()\n"
        "    cache.put('net', key, {'weights': np.full(2000, turn % 7)})\n"
        "assert not cache.notes, cache.notes\n"
    )
    command = [sys.executable, "-c", script, str(cache.folder)]
    both = [subprocess.Popen(command, env=backend_environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.communicate(timeout=120)[1] == "" and process.returncode == 0


def test_the_folder_is_the_one_named_or_the_platforms(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADBRIDGE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path == Cache.of_user().folder
    monkeypatch.setenv("HEADBRIDGE_CACHE", "off")
    assert cache_folder() is None
    monkeypatch.delenv("HEADBRIDGE_CACHE")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for platform, expected in (
        ("linux", ".cache/headbridge"),
        ("darwin", "Library/Caches/HeadBridge"),
        ("win32", "AppData/Local/HeadBridge/Cache"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_folder() == Path.home() / expected
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "headbridge"


@dataclass(frozen=True)
class OtherSettings:
    seed: int = 0


def test_keys_tell_different_content_apart_and_equal_content_together(seamed_prism, sphere_mesh, monkeypatch):
    uvs = seamed_prism.uvs.copy()
    uvs[3, 1] += 1e-4
    parts = [
        (),
        (None,),
        (0,),
        (0.0,),
        (False,),
        ("0",),
        (b"0",),
        ((0,),),
        (0, 0),
        ((0, 0),),
        ("ab", "c"),
        ("a", "bc"),
        (np.zeros(4),),
        (np.zeros(4, np.float32),),
        (np.zeros((2, 2)),),
        (np.zeros(0),),
        ({"a": 1},),
        ({"b": 1},),
        (("a", 1),),
        (UvSettings(),),
        (UvSettings(seed=1),),
        (OtherSettings(),),
        (seamed_prism,),
        (sphere_mesh(),),
        (replace(seamed_prism, uvs=uvs),),
        (replace(seamed_prism, uvs=None),),
        (seamed_prism.with_vertices(seamed_prism.vertices + 1e-9),),
    ]
    keys = [content_key(*part) for part in parts]
    assert len(set(keys)) == len(parts)
    same = replace(seamed_prism, name="other", material_names=("x", "y"), vertices=seamed_prism.vertices.copy())
    assert content_key(same) == content_key(seamed_prism)
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})
    assert content_key(np.arange(6)[::2]) == content_key(np.array([0, 2, 4]))
    assert content_key([1, 2]) == content_key((1, 2))
    for part in (object(), np.array([{}], dtype=object), UvSettings):
        with pytest.raises(TypeError, match="content key"):
            content_key(part)
    monkeypatch.setattr(cache_module, "__version__", "0.0.0")
    assert content_key(0) not in keys, "another version computes anew"


def test_whole_entries_that_are_not_what_was_put_there_count_as_missing(cache):
    """Two entries exchanged, one with a number changed, one by another program."""
    first, second = "1" * 64, "2" * 64
    cache.put("kind", first, {"weights": np.zeros(3)})
    cache.put("kind", second, {"weights": np.ones(3)})
    paths = [cache.folder / f"kind-{key}.npz" for key in (first, second)]
    contents = [path.read_bytes() for path in paths]
    paths[0].write_bytes(contents[1])
    assert cache.get("kind", first) is None and len(cache.notes) == 1
    with np.load(io.BytesIO(contents[0])) as stored:
        np.savez(paths[0], **{**stored, "weights": np.full(3, np.nan)})
    assert cache.get("kind", first) is None
    np.savez(paths[0], weights=np.zeros(3))
    assert cache.get("kind", first) is None
    np.testing.assert_array_equal(cache.get("kind", second)["weights"], np.ones(3))
    cache.put("kind", first, {"weights": np.zeros(3)})
    assert set(cache.get("kind", first)) == {"weights"}
