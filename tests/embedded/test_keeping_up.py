"""Restarts, logs and options, without a stack."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flawmark.embedded import logs
from flawmark.embedded.errors import EmbeddedError
from flawmark.embedded.options import Options
from flawmark.embedded.processes import end_predecessor, never, wait_until
from flawmark.embedded.programs import Program, exit_code
from flawmark.embedded.supervised import Supervised


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def crashing(tmp_path: Path) -> Program:
    return Program(
        title="crashing", argv=[sys.executable, "-c", "exit(3)"], env={}, log_path=tmp_path / "log"
    )


def _crash(program: Program) -> None:
    assert wait_until(lambda: exit_code(program) is not None, timeout_s=30)


def test_what_keeps_crashing_is_started_later_and_later(crashing: Program) -> None:
    clock = Clock()
    crashing.start()
    watched = Supervised(crashing, clock)
    delays_s = []
    for _ in range(9):
        _crash(crashing)
        sentence = watched.check(never)
        assert sentence is not None
        assert "exit code 3" in sentence
        delays_s.append(float(sentence.split()[-2]))
        clock.now_s += delays_s[-1] - 0.01
        assert watched.check(never) is None  # not yet
        clock.now_s += 0.02
        assert watched.check(never) == "crashing runs again."
    assert delays_s == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_what_ran_well_for_a_while_is_started_at_once_again(crashing: Program) -> None:
    clock = Clock()
    crashing.start()
    watched = Supervised(crashing, clock)
    for _ in range(3):
        _crash(crashing)
        watched.check(never)
        clock.now_s += 30
        watched.check(never)
    clock.now_s += 61
    _crash(crashing)
    assert "in 0.5 s" in str(watched.check(never))


def test_a_log_beyond_its_limit_is_emptied_and_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab") as writer:
        for content in (b"first", b"second", b"third", b"fourth"):
            writer.write(content)
            writer.flush()
            logs.rotate(tmp_path, max_bytes=3)
    assert log.read_bytes() == b""
    assert [(tmp_path / f"web.log.{n}").read_bytes() for n in (1, 2, 3)] == [b"fourth", b"third", b"second"]
    assert not (tmp_path / "web.log.4").exists()


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("short")
    logs.rotate(tmp_path, max_bytes=10)
    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]


def test_last_lines_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("\n".join(str(number) for number in range(5000)))
    assert logs.last_lines(log, count=2) == "    4998\n    4999"
    assert "nothing was logged" in logs.last_lines(tmp_path / "absent.log")


def test_options_have_defaults_and_empty_variables_count_as_absent() -> None:
    options = Options.from_environment({"FLAWMARK_PORT": "", "DATABASE_URL": "", "FLAWMARK_DEMO": "0"})
    assert options == Options(Path(".flawmark").resolve(), 8000, None, None, demo=False)


@pytest.mark.parametrize(
    ("variable", "value"), [("FLAWMARK_PORT", "http"), ("FLAWMARK_PORT", "70000"), ("FLAWMARK_DEMO", "yes")]
)
def test_options_that_cannot_be_meant_are_named(variable: str, value: str) -> None:
    with pytest.raises(EmbeddedError, match=f"{variable}.*'{value}'"):
        Options.from_environment({variable: value})


def test_another_program_with_a_remembered_pid_is_not_ended() -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        assert not end_predecessor(other.pid, marker="valkey.sock", polite_signal=signal.SIGTERM)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
