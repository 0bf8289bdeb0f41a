"""A command whose job writes its files into a folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..jobs.protocol import Job, check_output_folder
from ..verdict import Verdict
from .batch_inputs import BatchInputs
from .job_options import add_progress_option, job_progress
from .setting_options import add_setting_options, settings_from_options
from .verdict_report import add_accept_option, exit_code, verdict_lines


@dataclass(frozen=True)
class FolderCommand:
    """What a command adds to its job.

    job, description : what it runs, and the text of --help. arguments : ``arguments(parser)`` adds what it takes beside the
    settings. read : ``read(parsed, settings)``, the job's input. lines : ``lines(result, parsed, settings)``, the report;
    of the answer, where the job has no other result. judged : whether results have a verdict. batch : what its
    heads are in a batch."""

    job: Job
    description: str
    arguments: Callable[[argparse.ArgumentParser], Any]
    read: Callable[[argparse.Namespace, Any], Any]
    lines: Callable[[Any, argparse.Namespace, Any], Iterable[str]]
    judged: bool = False
    batch: BatchInputs = BatchInputs()

    def define(self, parser: argparse.ArgumentParser) -> None:
        """Give a parser description and arguments, and `run`."""
        parser.description = self.description
        self.arguments(parser)
        parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
        add_progress_option(parser)
        if self.judged:
            add_accept_option(parser)
        add_setting_options(parser, self.job.settings_class)
        parser.set_defaults(run=self.run, batch=self.batch)

    def run(self, parsed: argparse.Namespace) -> tuple[int, str]:
        """Do the job; exit code and report."""
        settings = settings_from_options(parsed, self.job.settings_class)
        check_output_folder(parsed.output)
        with job_progress(parsed) as progress:
            inputs = self.read(parsed, settings)
            answer, result = self.job.write(inputs, Path(parsed.output), settings, progress)
        lines = self.lines(result, parsed, settings)
        if not self.judged:
            return 0, "\n".join(lines)
        verdict = Verdict.from_plain(answer)
        return exit_code(parsed, verdict), "\n".join([*verdict_lines(verdict), *lines])
