"""Damaged files as bad input, what a file may take of memory, readers in a process of their own, printable names."""

import os
import struct
import time

import numpy as np
import pytest

from headbridge import apart as apart_module
from headbridge import memory
from headbridge.apart import run_apart
from headbridge.errors import Cancelled, HeadBridgeError, InputError, printable
from headbridge.memory import FileBudget
from headbridge.reading import reading


@pytest.mark.parametrize("problem", [struct.error("4 bytes"), RecursionError("deep"), KeyError("x"), OverflowError()])
def test_whatever_a_parser_raises_is_bad_input(problem):
    with pytest.raises(InputError, match=r"^a\.bin: the file is damaged \(.+\); export it again\.$") as caught:
        with reading("a.bin"):
            raise problem
    assert caught.value.__cause__ is problem and caught.value.exit_code == 2


@pytest.mark.parametrize("problem", [InputError("as it is"), Cancelled(), NameError("a mistake of ours")])
def test_what_is_told_already_and_mistakes_stay(problem):
    with pytest.raises(type(problem)) as caught, reading("a.bin"):
        raise problem
    assert caught.value is problem


def test_a_file_may_take_32_times_its_size_and_never_less_than_128_mb():
    FileBudget(1000, "a").take(128 * 2**20, "an array")
    with pytest.raises(InputError, match="a: an array would take 129 MB of memory, far more than a file of"):
        FileBudget(1000, "a").take(129 * 2**20, "an array")
    budget = FileBudget(2**27, "a")
    for _ in range(32):
        budget.count(2**27, "a part")
    with pytest.raises(InputError):
        budget.count(1, "a part")


def test_what_is_not_free_is_refused_whatever_the_file_is(monkeypatch):
    monkeypatch.setattr(memory, "available_memory_bytes", lambda: 2**27)
    budget = FileBudget(2**30, "a")
    with pytest.raises(InputError, match="a: an array does not fit in memory"):
        budget.take(2**28, "an array")


def die(number: np.ndarray) -> dict[str, np.ndarray]:
    os.write(1, b"libraries talk\n")
    if number == 0:
        os.abort()
    if number == 1:
        raise ValueError("no such thing")
    if number == 2:
        time.sleep(60.0)
    return {"twice": 2 * number, "process": np.array(os.getpid())}


@pytest.fixture
def apart(monkeypatch):
    """Asks a child that knows this module; none that was there before, and none stays."""
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__))
    monkeypatch.setattr(apart_module, "_child", None)

    def run(number: float, **more):
        return run_apart("test_reading", "die", {"number": np.array(number)}, "a.bin", "get it again", **more)

    yield run
    apart_module._end()


def test_a_process_of_its_own_dies_alone(apart):
    with pytest.raises(InputError, match=r"a\.bin: the file is damaged \(its reader ended by .+\); get it again"):
        apart(0)
    with pytest.raises(InputError, match=r"a\.bin: the file is damaged or of another kind \(no such thing\); get it"):
        apart(1)
    assert apart(3.5)["twice"] == 7.0


def test_one_process_reads_file_after_file_and_what_it_prints_is_kept_away(apart, capfd):
    numbers = {int(apart(value)["process"]) for value in (3.5, 4.5, 5.5)}
    with pytest.raises(InputError):
        apart(1)
    assert len(numbers) == 1 and int(apart(3.5)["process"]) in numbers
    with pytest.raises(InputError) as caught:
        apart(0)
    assert "libraries talk" in caught.value.details
    assert int(apart(3.5)["process"]) not in numbers
    assert capfd.readouterr() == ("", "")


def test_who_waits_may_stop_it_and_hangs_end(apart, monkeypatch):
    def stop():
        raise Cancelled()

    started = time.monotonic()
    with pytest.raises(Cancelled):
        apart(2, waiting=stop)
    assert time.monotonic() - started < 30.0
    monkeypatch.setattr(apart_module, "_SECONDS", 0.3)
    with pytest.raises(InputError, match=r"a\.bin: reading it took more than 0 seconds; get it again"):
        apart(2)
    monkeypatch.undo()


def test_a_process_of_its_own_runs_nothing_that_lies_beside_the_users_files(apart, tmp_path, monkeypatch):
    (tmp_path / "struct.py").write_text("raise SystemExit('this was run')")
    monkeypatch.chdir(tmp_path)
    assert apart(3.5)["twice"] == 7.0


@pytest.mark.parametrize(
    "text, shown",
    [
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred\x9b", "\\x1b[31mred\\x9b"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("broken \udcff", "broken \\udcff"),
        ("頭 Köpfe می\u200cخواهم 👩\u200d🚀", "頭 Köpfe می\u200cخواهم 👩\u200d🚀"),
    ],
)
def test_errors_are_one_line_that_controls_no_terminal(text, shown):
    assert printable(text) == shown == str(HeadBridgeError(text))


def test_what_a_file_says_is_not_told_in_full():
    text = str(InputError(f"a.obj: '{'x' * 10_000}' is wrong; export it again."))
    assert len(text) < 1000 and text.startswith("a.obj: 'xx") and text.endswith("is wrong; export it again.")
