# SPDX-License-Identifier: GPL-3.0-or-later
"""How far pip is, from the lines it prints and from what it has downloaded and installed."""

from __future__ import annotations

import os
import re

_PACKAGE = r"([A-Za-z0-9._-]+?)"
_COLLECTING = re.compile(rf"^Collecting {_PACKAGE}(?:[\[<>=!~; (].*)?$")
# Behind an address or a file's path the wheel's name begins with the package's.
_DOWNLOADING = re.compile(
    r"^\s*(Downloading|Using cached|Processing) (?:\S*[/\\])?([A-Za-z0-9_.]+?)-\d\S*(?: \((\d[\d.]* [kMG]?B)\))?(?: .*)?$"
)
_INSTALLING = re.compile(r"^Installing collected packages: (.+)$")

# The share of the bar that downloading takes; the rest is installing.
_DOWNLOAD_SHARE = 0.65


class PipProgress:
    """Feed it pip's lines; `fraction` and `message` say how far it is.

    expected : bytes that pip downloads, about."""

    def __init__(self, expected: float):
        self.message = "Looking for packages"
        self.installing = 0
        self._expected = expected
        self._downloaded = 0.0
        self._installed = 0
        self._current = ("", "")

    @property
    def fraction(self) -> float:
        if self.installing:
            return _DOWNLOAD_SHARE + (1.0 - _DOWNLOAD_SHARE) * min(self._installed / self.installing, 1.0)
        return _DOWNLOAD_SHARE * min(self._downloaded / self._expected, 0.99)

    def line(self, text: str) -> None:
        """Take in a line of pip's output."""
        if found := _INSTALLING.match(text):
            self.installing = len(found[1].split(","))
            self.installed(0)
        elif found := _COLLECTING.match(text):
            self._current = (found[1], "")
            self.message = f"Looking for {found[1]}"
        elif found := _DOWNLOADING.match(text):
            self._current = (found[2].replace("_", "-"), f" ({found[3]})" if found[3] else "")
            verb = "Downloading" if found[1] == "Downloading" else "Taking"
            self.message = f"{verb} {self._current[0]}{self._current[1]}"

    def downloaded(self, count: float) -> None:
        """Bytes that lie in pip's scratch folder by now; it never goes back, as pip removes files in the end."""
        self._downloaded = max(self._downloaded, count)

    def installed(self, count: int) -> None:
        """Packages of this run that are installed by now."""
        self._installed = count
        self.message = f"Installing packages ({min(count + 1, self.installing)} of {self.installing})"


def bytes_below(folder: str) -> int:
    """The size of all files in a folder, some of which may vanish meanwhile."""
    total = 0
    for parent, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total
