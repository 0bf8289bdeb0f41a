"""``headbridge doctor``: is everything here that jobs need?"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ..jobs import doctor
from ..jobs.doctor import OK, PROBLEM, WARNING

_MARKS = {OK: "ok  ", WARNING: "note", PROBLEM: "FAIL"}


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = "Check what jobs need. Exit code 0 when jobs can run, 1 when something must be mended first."
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    findings = doctor.examine()
    code = 1 if any(finding.state == PROBLEM for finding in findings) else 0
    if parsed.json:
        return code, json.dumps([asdict(finding) for finding in findings], indent=1)
    return code, "\n".join(f"{_MARKS[finding.state]} {finding.subject}: {finding.text}" for finding in findings)
