"""A worker on another computer, as two processes on this one: the listening worker, and the add-on's client."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.worker.remote import proof
from headbridge.worker.remote.listen import own_token, parse_address

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
TOKEN = "t" * 40


@pytest.fixture
def client_modules(plain_addon):
    return plain_addon("remote_worker"), plain_addon("job_client")


@pytest.fixture(scope="module")
def far(backend_environment, tmp_path_factory):
    """The port of a listening worker, its folder for temporary files, and its log."""
    folder = tmp_path_factory.mktemp("far")
    log = folder / "log"
    with open(log, "wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "far_worker.py"), TOKEN],
            env={**backend_environment, "TMPDIR": str(folder)}, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=stderr, text=True,
        )  # fmt: skip
    yield int(process.stdout.readline()), folder, log
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


@pytest.fixture
def connect(far, client_modules):
    made = []

    def run(port=None, token=TOKEN):
        made.append(client_modules[0].RemoteWorker(f"127.0.0.1:{port or far[0]}", token))
        return made[-1]

    yield run
    for worker in made:
        worker.kill()


@pytest.fixture
def finish(client_modules):
    """Runs a job to its end; `cancel_at` stops it in that state."""

    def run(worker, method, folder=None, previews=None, cancel=False, **settings):
        params = {"job": os.urandom(4).hex(), "settings": settings}
        params |= {} if folder is None else {"folder": str(folder)}
        job = client_modules[1].Job(worker, method, params)
        until = time.monotonic() + 60.0
        while not job.finished:
            assert time.monotonic() < until
            job.step()
            if job.preview and previews is not None:
                previews.append(np.load(os.path.join(folder, job.preview))["vertices"])
                os.remove(os.path.join(folder, job.preview))
                job.preview = None
            if cancel and job.fraction > 0.0:
                job.cancel()
            time.sleep(0.005)
        return job

    return run


def job_folder(tmp_path) -> Path:
    (tmp_path / "job" / "images").mkdir(parents=True)
    (tmp_path / "job" / "images" / "skin.bin").write_bytes(os.urandom(3_000_000))
    return tmp_path / "job"


def test_inputs_go_there_and_results_and_previews_come_here(connect, finish, far, tmp_path):
    folder, previews = job_folder(tmp_path), []
    before = (folder / "images" / "skin.bin").read_bytes()
    worker = connect()
    job = finish(worker, "count", folder, previews, seed=7)
    assert job.state == "done", job.error
    assert job.result == {"steps": 100, "worst": None, "seed": 7}
    np.testing.assert_array_equal(np.load(folder / "result.npz")["registered"], np.arange(12.0).reshape(4, 3))
    assert previews and all(vertices.shape == (4, 3) and (vertices == vertices[0, 0]).all() for vertices in previews)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["result.npz", "skin.bin"]
    assert (folder / "images" / "skin.bin").read_bytes() == before
    # The next job finds the same process, and nothing of the one before stays there.
    again = finish(worker, "count", folder, seed=8)
    assert again.result["seed"] == 8
    jobs = [path for path in far[1].rglob("job*") if path.is_dir() and path.parent.name == "jobs"]
    assert not jobs


def test_errors_and_cancelling_are_those_of_a_worker_here(connect, finish, tmp_path):
    folder, worker = job_folder(tmp_path), connect()
    refused = finish(worker, "refuses", folder)
    assert refused.state == "failed" and refused.bad_input and str(refused.error) == "The nose is missing; add a nose."
    assert [reason["level"] for reason in finish(worker, "fails", folder).reasons] == ["failed", "check"]
    started = time.monotonic()
    assert finish(worker, "endless", folder, cancel=True).state == "cancelled"
    assert time.monotonic() - started < 30.0
    assert not (folder / "result.npz").exists()
    assert finish(worker, "count", folder).state == "done"


def test_a_worker_that_dies_is_told_in_one_line(connect, finish, tmp_path):
    folder, worker = job_folder(tmp_path), connect()
    job = finish(worker, "dies", folder)
    assert job.state == "failed" and not worker.alive
    assert "ended unexpectedly (status -9); nothing was changed" in str(job.error) and "\n" not in str(job.error)
    assert finish(connect(), "count", folder).state == "done"


def test_files_that_settings_name_are_sent_along_and_others_are_not_read(connect, finish, tmp_path):
    folder, worker = job_folder(tmp_path), connect()
    own = tmp_path / "own: model.pkl"
    own.write_text("a model")
    # What the answer says of it is a path of this computer: the next job sends it again.
    for _ in range(2):
        job = finish(worker, "reads", folder, model_file=str(own))
        assert job.result == {"content": "a model", "inside": True, "settings": {"model_file": str(own)}}
        assert not (folder / "settings").exists()
    for far_file in ("/etc/hostname.none", "C:\\far.pkl", "~/far.pkl", "../far.pkl", "a\\..\\..\\far.pkl"):
        job = finish(worker, "reads", folder, model_file=far_file)
        assert job.bad_input and f"'{far_file}', which is no file of the client's" in str(job.error)


def test_jobs_beside_each_other_have_folders_of_their_own(connect, finish, tmp_path):
    # The one that was cancelled may still run when the next ones come.
    worker = connect()
    for number in range(3):
        assert finish(worker, "deaf", job_folder(tmp_path / f"deaf{number}"), cancel=True).state == "cancelled"
        assert finish(worker, "count", job_folder(tmp_path / f"count{number}")).state == "done"


def test_jobs_that_read_files_in_place_say_so(connect, finish, tmp_path):
    job = finish(connect(), "import_sequence", job_folder(tmp_path))
    assert job.bad_input and "does not see the files that this job reads on this computer" in str(job.error)


def test_without_the_token_nothing_is_done(connect, finish, tmp_path, far):
    for token in ("", "wrong", TOKEN + "x"):
        job = finish(connect(token=token), "count", job_folder(tmp_path / (token or "none")))
        assert job.state == "failed" and "does not know the token, and was sent nothing" in str(job.error)
        assert "\n" not in str(job.error)
    # Nor does the far end take anything from who does not know it.
    for reflected, wrong in ((False, {"proof": "0" * 64}), (True, None), (False, {"rpc": {"method": "hello"}})):
        with socket.create_connection(("127.0.0.1", far[0])) as near, near.makefile("rwb") as stream:
            greeting = json.loads(stream.readline())
            say(stream, {"challenge": "c" * 64, "protocol": greeting["protocol"]})
            # Its proof for these challenges is none of the client's.
            shown = json.loads(stream.readline())["proof"]
            assert shown == proof(TOKEN, "server", greeting["challenge"], "c" * 64)
            say(stream, {"proof": shown} if reflected else wrong)
            assert "The token is wrong" in json.loads(stream.readline())["refused"] and not stream.read()
    assert TOKEN not in far[2].read_text()


def test_a_program_that_took_the_tunnels_port_is_sent_nothing(connect, finish, far, tmp_path):
    """It knows what a real worker has proved before, and what the client sends it now, but not the token."""
    with socket.create_connection(("127.0.0.1", far[0])) as near, near.makefile("rwb") as stream:
        old = json.loads(stream.readline())
        say(stream, {"challenge": "c" * 64, "protocol": old["protocol"]})
        heard = json.loads(stream.readline())["proof"]
    answers = {
        "nothing of it": lambda challenge: "",
        "another token": lambda challenge: proof("x" * 40, "server", old["challenge"], challenge),
        "a proof heard before": lambda challenge: heard,
        "the challenge itself": lambda challenge: challenge,
        "no text": lambda challenge: 7,
    }
    for name, answer in answers.items():
        server, sent = socket.create_server(("127.0.0.1", 0)), []

        def serve(server=server, answer=answer, sent=sent):
            with server, server.accept()[0] as client, client.makefile("rwb") as stream:
                say(stream, old)
                sent.append(json.loads(stream.readline()))
                say(stream, {"proof": answer(sent[0]["challenge"])})
                try:
                    say(stream, {"accepted": True})
                    sent.append(stream.read())
                except OSError:
                    sent.append(b"")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        job = finish(connect(server.getsockname()[1]), "count", job_folder(tmp_path / name))
        thread.join(20)
        assert job.state == "failed" and "does not know the token, and was sent nothing" in str(job.error), name
        assert set(sent[0]) == {"challenge", "protocol"} and sent[1] == b"", name


def say(stream, head: dict) -> None:
    stream.write(json.dumps(head).encode() + b"\n")
    stream.flush()


def test_no_tunnel_and_strangers_at_the_port_are_told(connect, finish, tmp_path, client_modules):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    job = finish(connect(port), "count", job_folder(tmp_path))
    assert f"No worker answers at 127.0.0.1:{port}" in str(job.error) and "ssh -N -L" in str(job.error)

    def stranger(answer: bytes):
        server = socket.create_server(("127.0.0.1", 0))

        def serve():
            with server, server.accept()[0] as client:
                client.sendall(answer)
                time.sleep(0.2)

        threading.Thread(target=serve, daemon=True).start()
        return str(finish(connect(server.getsockname()[1]), None).error)

    assert "took the call and hung up" in stranger(b"")
    assert "took the call and hung up" in stranger(b"SSH-2.0-OpenSSH_9\r\n")
    assert "is no HeadBridge worker" in stranger(b'{"hello": 1}\n')
    old = json.dumps({"headbridge": "0.9", "protocol": 99, "challenge": "c"}).encode() + b"\n"
    assert "is HeadBridge 0.9 with protocol 99, this add-on has 2; install the same version" in stranger(old)


def test_a_connection_that_is_lost_fails_the_job_and_ends_the_far_one(connect, finish, far, tmp_path, client_modules):
    """Through a relay that is cut, as a tunnel is."""
    relay = socket.create_server(("127.0.0.1", 0))
    pair = []

    def serve():
        near, there = relay.accept()[0], socket.create_connection(("127.0.0.1", far[0]))
        pair.extend((near, there))
        for one, other in ((near, there), (there, near)):
            threading.Thread(target=pump, args=(one, other), daemon=True).start()

    def pump(one, other):
        try:
            while block := one.recv(65536):
                other.sendall(block)
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    folder = job_folder(tmp_path)
    worker = connect(relay.getsockname()[1])
    job = client_modules[1].Job(worker, "endless", {"job": "a", "folder": str(folder), "settings": {}})
    while job.fraction == 0.0:
        job.step()
        time.sleep(0.01)
    for end in pair:
        end.shutdown(socket.SHUT_RDWR)
    until = time.monotonic() + 20.0
    while not job.finished and time.monotonic() < until:
        job.step()
        time.sleep(0.01)
    assert job.state == "failed" and "was lost; nothing was changed" in str(job.error)
    relay.close()
    while any(path.name == "jobs" and any(path.iterdir()) for path in far[1].rglob("jobs")):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    "name", ["../out", "/etc/out", "a/../../out", "a\\b", "c:out", "", ".", "a//b", "a\nb", 3, None]
)
def test_neither_end_writes_outside_a_job_folder(client_modules, tmp_path, name):
    from headbridge.worker.remote.frames import BrokenFrame, inside

    with pytest.raises(ValueError):
        client_modules[0]._inside(str(tmp_path), name)
    with pytest.raises(BrokenFrame):
        inside(tmp_path, name)


def test_the_far_end_follows_no_links(tmp_path):
    from headbridge.worker.remote.frames import BrokenFrame, inside

    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "link").symlink_to(tmp_path)
    with pytest.raises(BrokenFrame):
        inside(tmp_path / "job", "link/out")
    assert inside(tmp_path / "job", "a/b c.npz") == tmp_path / "job" / "a" / "b c.npz"


@pytest.mark.parametrize("address", ["0.0.0.0:8765", "192.168.1.5", "example.org:80", "[::]:1", "10.0.0.1:"])
def test_other_computers_addresses_are_refused_with_the_way_to_tunnel(address):
    with pytest.raises(InputError, match="listens on this computer alone.*ssh -L|is no address"):
        parse_address(address)


def test_addresses_of_this_computer():
    assert parse_address("") == ("127.0.0.1", 8765) == parse_address("localhost")
    assert parse_address(":1234") == ("127.0.0.1", 1234) and parse_address("[::1]:7") == ("::1", 7)
    assert parse_address("::1")[0] == parse_address("[::1]")[0] == "::1"
    for wrong in ("127.0.0.1:99999", "127.0.0.1:x"):
        with pytest.raises(InputError, match="is no address"):
            parse_address(wrong)


def test_a_token_is_kept_for_its_owner_alone(tmp_path):
    path = tmp_path / "deep" / "worker-token"
    token = own_token(path)
    assert len(token) >= 32 and own_token(path) == token and path.stat().st_mode & 0o077 == 0
    assert own_token(path, new=True) != token


def test_the_command_does_a_real_job(backend_environment, tmp_path, connect, finish):
    environment = {**backend_environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    command = [sys.executable, "-m", "headbridge", "worker", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        port, token = line.split("127.0.0.1:")[1].split(".")[0], line.rpartition("Token: ")[2].strip()
        kept = tmp_path / "config" / "headbridge" / "worker-token"
        assert kept.read_text().strip() == token and kept.stat().st_mode & 0o077 == 0
        # A real job of the real worker.
        folder = tmp_path / "heads"
        folder.mkdir()
        job = finish(connect(int(port), token), "sample", folder, model="hack", count=2, kind="neutral")
        assert job.state == "done", job.error
        assert {"heads.npz", "sample.json"} < {path.name for path in folder.iterdir()}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.communicate()
