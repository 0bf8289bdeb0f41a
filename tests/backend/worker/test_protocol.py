"""What the worker answers, driven as a real process."""

import platform
import subprocess
import sys

import pytest

import headbridge


@pytest.mark.slow
def test_handshake_tells_versions_and_devices(start_worker):
    result = start_worker(real=True).call("hello", protocol=1, client="tests")["result"]
    assert result["protocol"] == 1 and result["version"] == headbridge.__version__
    assert result["python"] == platform.python_version()
    assert result["devices"][0] == "cpu"
    assert {"numpy", "scipy", "warp-lang", "torch"} <= set(result["packages"])


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [0, 2, None, "1"])
def test_other_protocols_are_refused_and_the_worker_stays(lasting_worker, protocol):
    worker = lasting_worker()
    error = worker.call("hello", protocol=protocol)["error"]
    assert error["code"] == -32600
    assert (
        f"protocol {protocol}" in error["message"]
        and "install the backend that belongs to the add-on" in error["message"]
    )
    assert worker.call("hello", protocol=1)["result"]["protocol"] == 1


@pytest.mark.slow
def test_unknown_method(lasting_worker):
    error = lasting_worker().call("fly")["error"]
    assert error["code"] == -32601 and "There is no method 'fly'; the methods are hello, register," in error["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 100000, -32700),
        (b"[1]", -32600),
        (b'{"id":7}', -32600),
        (b'{"method":"hello","params":3}', -32602),
    ],
)
def test_malformed_lines_are_answered_to_nobody(lasting_worker, line, code):
    worker = lasting_worker()
    worker.send_line(line)
    message = worker.next()
    assert message["id"] is None and message["error"]["code"] == code
    assert worker.call("hello", protocol=1)["result"]


@pytest.mark.slow
def test_blank_lines_and_unknown_notifications_are_passed_over(lasting_worker):
    worker = lasting_worker()
    worker.send_line(b"")
    worker.notify("weather")
    worker.notify("cancel", job="never was")
    assert worker.call("hello", protocol=1)["result"]


def test_wrong_parameters(lasting_worker, job_folder):
    worker = lasting_worker()
    assert worker.call("count", folder=str(job_folder))["error"]["code"] == -32602
    assert worker.call("count", job="a")["error"]["code"] == -32602
    assert worker.call("count", job="a", folder=str(job_folder), settings=[1])["error"]["code"] == -32602
    error = worker.call("count", job="a", folder=str(job_folder / "none"))["error"]
    assert error["code"] == -32002 and "the job folder does not exist" in error["message"]
    error = worker.call("count", job="a", folder=str(job_folder), settings={"speed": 9})["error"]
    assert error["code"] == -32002 and "Unknown setting 'speed'" in error["message"]
    error = worker.call("count", job="a", folder=str(job_folder), settings={"stiffness": -1})["error"]
    assert "'stiffness' is -1.0, below its minimum" in error["message"]


def test_library_chatter_does_not_reach_the_protocol(worker, job_folder):
    # The client reads every line as JSON, so that chatter on the wrong stream fails the call.
    assert worker.call("chatty", job="a", folder=str(job_folder))["result"] == "said it"
    for said in ("from print", "from the file descriptor", "from a child", "from stderr"):
        assert said in worker.log


def test_shutdown_ends_the_process(worker):
    assert worker.call("shutdown") == {"jsonrpc": "2.0", "id": 1, "result": None}
    assert worker.next() is None
    assert worker.process.wait(timeout=60) == 0


@pytest.mark.slow
def test_end_of_input_ends_the_process(worker):
    worker.call("hello", protocol=1)
    worker.process.stdin.close()
    assert worker.process.wait(timeout=60) == 0


_TO_NOBODY = """
import io, os
from headbridge.worker.channel import Channel
from headbridge.worker.server import Server
read, write = os.pipe()
os.close(read)
Server(Channel(os.fdopen(write, "wb", buffering=0)), io.BytesIO(b"nonsense\\n")).run()
"""


@pytest.mark.slow
def test_a_client_that_goes_without_the_answer_to_a_wrong_line_leaves_no_worker_behind(backend_environment):
    """The reading thread meets the broken pipe, and still has to end the process."""
    done = subprocess.run([sys.executable, "-c", _TO_NOBODY], env=backend_environment, timeout=60, check=False)
    assert done.returncode == 0
