"""How a running job tells its state and learns that it should stop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .errors import Cancelled

Report = Callable[[float, str, np.ndarray | None], None]


class Progress:
    """Passes progress on to a listener and raises `Cancelled` at the next report once a stop is asked for.

    Compute code calls :meth:`report` at least every quarter of a second or so, which bounds the time a cancel takes.

    Parameters
    ----------
    listener : called as ``listener(fraction, message, vertices)``; fraction in [0, 1]; vertices is an intermediate
        (V, 3) result in the target's frame and units, or None.
    should_stop : called without arguments; True asks the job to stop.
    """

    def __init__(self, listener: Report | None = None, should_stop: Callable[[], bool] | None = None):
        self._listener = listener
        self._should_stop = should_stop

    @property
    def wants_vertices(self) -> bool:
        """False when nobody listens, so that intermediate vertices need not be computed."""
        return self._listener is not None

    def through(self, mapping: Callable[[np.ndarray], np.ndarray]) -> Progress:
        """The same listener and stop, with `mapping` applied to intermediate vertices on their way out."""
        if self._listener is None:
            return self

        def listener(fraction, message, vertices):
            self._listener(fraction, message, None if vertices is None else mapping(vertices))

        return Progress(listener, self._should_stop)

    def part(self, start: float, stop: float) -> Progress:
        """The same listener and stop for a step whose 0..1 is `start`..`stop` of the whole."""
        if self._listener is None:
            return self

        def listener(fraction, message, vertices):
            self._listener(start + fraction * (stop - start), message, vertices)

        return Progress(listener, self._should_stop)

    def report(self, fraction: float, message: str, vertices: np.ndarray | None = None) -> None:
        """Report state; raises `Cancelled` when a stop was asked for."""
        if self._should_stop is not None and self._should_stop():
            raise Cancelled()
        if self._listener is not None:
            self._listener(float(min(max(fraction, 0.0), 1.0)), message, vertices)
