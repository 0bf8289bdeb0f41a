# SPDX-License-Identifier: GPL-3.0-or-later
"""The model files users own, as the backend's `doctor` finds them."""

from __future__ import annotations

import json
import subprocess
import tempfile

from .. import paths
from ..job_client import NO_WINDOW, BackendError, worker_environment

GROUP = "models"


class ModelFileSearch:
    """A running `headbridge doctor`; raises `BackendError` when it cannot be started."""

    def __init__(self, interpreter: str):
        # A file, as a pipe that nobody reads meanwhile may fill up; it is open until the answer is read.
        self._output = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                [interpreter, "-m", "headbridge", "doctor", "--json"],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.DEVNULL,
                env=worker_environment(paths.BACKEND_FOLDER),
                **NO_WINDOW,
            )
        except OSError as problem:
            self._output.close()
            raise BackendError(
                f"The backend could not be started: {problem}. Check the interpreter in the preferences."
            ) from problem

    @property
    def finished(self) -> bool:
        return self._process.poll() is not None

    def cancel(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        self._output.close()

    def answer(self) -> str:
        """JSON of the findings [{"subject", "state", "text"}] about model files; raises `BackendError`."""
        with self._output:
            self._output.seek(0)
            content = self._output.read()
        try:
            # What libraries print comes before the answer, or after it.
            text = content.decode("utf-8", "replace")
            found = json.JSONDecoder().raw_decode(text, text.index("[\n"))[0]
            return json.dumps([finding for finding in found if finding["group"] == GROUP])
        except (ValueError, KeyError, TypeError) as problem:
            raise BackendError(
                "The backend did not say which model files it finds; press Check, and run `headbridge doctor`."
            ) from problem
