"""The job type for Flamenco: every row once, then the report."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from headbridge.cli.main import build_parser

SCRIPT = Path(__file__).parents[2] / "scripts" / "farm" / "headbridge_batch.js"

# Flamenco's objects as far as job types use them; prints the tasks that a job becomes.
_COMPILE = """
const tasks = [];
const author = {
  Task: (name, type) => ({name, type, commands: [], after: [],
    addCommand(command) { this.commands.push(command); }, addDependency(task) { this.after.push(task.name); }}),
  Command: (name, parameters) => ({name, ...parameters}),
};
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_job_becomes_chunks_and_a_report_after_them(tmp_path):
    settings = {"manifest": "/s/heads.csv", "rows": 45, "chunk_size": 20, "output": "/s/out", "job": "uv", "workers": 2}
    program = (
        f"{_COMPILE}{SCRIPT.read_text()}compileJob({{settings: {json.dumps(settings)}, addTask: t => tasks.push(t)}});"
    )
    (tmp_path / "compile.js").write_text(f"{program}console.log(JSON.stringify([JOB_TYPE, tasks]));")
    done = subprocess.run(["node", tmp_path / "compile.js"], capture_output=True, text=True, check=True)
    job_type, tasks = json.loads(done.stdout)
    assert set(settings) == {setting["key"] for setting in job_type["settings"]}
    parsed = [
        build_parser(command["args"]).parse_args(command["args"]) for task in tasks for command in task["commands"]
    ]
    assert [options.rows for options in parsed] == ["1:20", "21:40", "41:45", None]
    assert [options.report for options in parsed] == [False, False, False, True]
    assert all(
        (p.inputs, p.output, p.job, p.workers, p.exit_zero) == (["/s/heads.csv"], "/s/out", "uv", 2, True)
        for p in parsed
    )
    assert tasks[-1]["after"] == [task["name"] for task in tasks[:-1]]
    assert {command["exe"] for task in tasks for command in task["commands"]} == {"{headbridge}"}
