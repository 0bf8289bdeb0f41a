"""The tasks a worker can run: the jobs of the registry."""

from __future__ import annotations

from importlib import import_module

from .protocol import Job, Task
from .registry import JOBS


def _job(where: str) -> Job | Task:
    module, name = where.split(".")
    return getattr(import_module(f".{module}", __package__), name)


TASKS: dict[str, Job | Task] = {name: _job(entry.job) for name, entry in JOBS.items()}
