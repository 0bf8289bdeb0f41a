"""Damaged files never end a reader in another way than by one line that names the file.

The long run is `python -m tests.fuzz --mutations 2000`.
"""

from __future__ import annotations

import pytest

from headbridge.errors import InputError

from .child import Memory, fault
from .crafted import CRAFTED
from .harness import fuzz
from .readers import READERS

# Damaged files of each reader.
_FEW = 8
# A process of its own reads these, and a damaged file may end it, which takes a second each.
_SLOW = {"mat", "face parsing network", "tracker deca-outputs"}


@pytest.mark.slow
def test_a_few_damaged_files_of_every_reader():
    found = fuzz([name for name in READERS if name not in _SLOW], mutations=_FEW)
    assert not found.faults
    assert sum(found.tried.values()) == _FEW * (len(READERS) - len(_SLOW))


@pytest.mark.parametrize("name", [*READERS])
def test_sound_samples_are_read_or_told(name, tmp_path):
    """What is damaged later is sound at first, but for one."""
    for content in READERS[name].samples():
        path = tmp_path / f"sound{READERS[name].suffix}"
        path.write_bytes(content)
        if name == "flame model":
            # A whole one is too large for a thousand copies.
            with pytest.raises(InputError):
                READERS[name].read(path)
        else:
            READERS[name].read(path)


@pytest.mark.parametrize("name", CRAFTED)
def test_files_made_to_do_harm_are_refused(name, tmp_path):
    reader, made = CRAFTED[name]
    content = made()
    assert fault(READERS[reader], "harmful", content, Memory()) is None
    path = tmp_path / f"harmful{READERS[reader].suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError):
        READERS[reader].read(path)
