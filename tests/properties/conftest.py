"""Statements that hold for every input, tried on inputs that Hypothesis makes up: the same few on every run."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "few", max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("few")
