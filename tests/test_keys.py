"""Single keys, pressed in real pseudo-terminals; and the terminal is as it was afterwards."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time

import pytest

from assistant.cli.keys import ESCAPE, HUSH, MUTE, QUIT, TALK, Keys
from tests.processes import PATIENCE_S, is_alive, wait_until_gone

LOCAL_FLAGS = 3
SINGLE = termios.ICANON | termios.ECHO  # what is off while single keys are read


def until(is_so, seconds=PATIENCE_S):
    """Wait for something to be so; returns whether it is."""
    end_s = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end_s:
        time.sleep(0.01)
    return is_so()


class Terminal:
    """A pseudo-terminal: what is typed into it, and its attributes."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.before = self.attributes()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for descriptor in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def attributes(self):
        return termios.tcgetattr(self.slave)

    def is_single(self):
        return not self.attributes()[LOCAL_FLAGS] & SINGLE

    def press(self, keys):
        os.write(self.master, keys)


@pytest.fixture
def terminal():
    with Terminal() as terminal:
        yield terminal


def pressed_in(terminal, keys, *actions):
    """Which actions were called for what was typed, in this order."""
    called = []
    noted = {key: lambda key=key: called.append(key) for key in (*actions, QUIT)}
    with Keys(noted, terminal.slave):
        terminal.press(keys)
        time.sleep(0.2)  # for an Esc that nothing follows
        terminal.press(QUIT.encode())
        assert until(lambda: called[-1:] == [QUIT])
    return called[:-1]


def test_each_key_calls_its_action(terminal):
    assert pressed_in(terminal, b" m s m", TALK, MUTE, HUSH) == [" ", "m", " ", "s", " ", "m"]


def test_capitals_do_the_same_and_other_keys_nothing(terminal):
    assert pressed_in(terminal, b"Mx7\r\t\xc3\xa4\xff\x00S", MUTE, HUSH) == ["m", "s"]


@pytest.mark.parametrize(
    "keys",
    [b"\x1b[A", b"\x1bOs", b"\x1b[[A", b"\x1b[1;5s", b"\x1bm", b"\x1b[200~", b"\x1b["],
    ids=["up", "keypad", "console F1", "with Ctrl", "Alt-m", "paste", "cut off"],
)
def test_a_key_that_sends_more_than_a_character_is_no_other_key(terminal, keys):
    every = {*map(chr, range(128))} - {QUIT}
    assert pressed_in(terminal, keys, *every) == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (b"\x1b", [ESCAPE]),
        (b"\x1b\x1b", [ESCAPE, ESCAPE]),
        (b"m\x1b", [MUTE, ESCAPE]),
        (b"\x1b\x1b[Am", [ESCAPE, MUTE]),
    ],
    ids=["once", "twice", "after a key", "before an arrow"],
)
def test_escape_is_a_key_of_its_own(terminal, keys, expected):
    assert pressed_in(terminal, keys, ESCAPE, MUTE) == expected


def test_a_sequence_that_comes_in_pieces_is_one(terminal):
    called = []
    with Keys({key: lambda key=key: called.append(key) for key in "\x1b[am"}, terminal.slave):
        for piece in (b"\x1b", b"[", b"A", b"m"):
            terminal.press(piece)
            time.sleep(0.001)
        assert until(lambda: called)
    assert called == ["m"]


def test_an_action_that_fails_does_not_stop_the_others(terminal, caplog):
    def fail():
        raise ValueError("no such flower")

    called = []
    with Keys({MUTE: fail, HUSH: lambda: called.append(HUSH)}, terminal.slave):
        terminal.press(b"ms")
        assert until(lambda: called)
    assert "no such flower" in caplog.text


def test_keys_are_neither_shown_nor_waited_for_and_afterwards_all_is_as_before(terminal):
    with Keys({}, terminal.slave):
        assert terminal.is_single()
        assert terminal.attributes()[LOCAL_FLAGS] & termios.ISIG  # Ctrl-C still interrupts
    assert terminal.attributes() == terminal.before


def test_after_an_exception_all_is_as_before(terminal):
    with contextlib.suppress(ZeroDivisionError), Keys({}, terminal.slave):
        assert terminal.is_single()
        raise ZeroDivisionError
    assert terminal.attributes() == terminal.before


def test_what_was_unusual_about_the_terminal_stays_so(terminal):
    attributes = terminal.attributes()
    attributes[LOCAL_FLAGS] &= ~termios.ECHO
    attributes[6][termios.VINTR] = b"\x07"
    termios.tcsetattr(terminal.slave, termios.TCSANOW, attributes)
    unusual = terminal.attributes()
    with Keys({}, terminal.slave):
        assert terminal.is_single()
    assert terminal.attributes() == unusual != terminal.before


def test_it_may_be_used_again_and_leaves_nothing_open(terminal):
    def n_open():
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    called = []
    keys = Keys({MUTE: lambda: called.append(MUTE)}, terminal.slave)
    n_before = n_open()
    for n_called in (1, 2):
        with keys:
            terminal.press(b"m")
            assert until(lambda n_called=n_called: len(called) == n_called)
        assert n_open() == n_before
    terminal.press(b"m")
    time.sleep(0.1)
    assert len(called) == 2


def test_it_ends_at_once(terminal):
    begin_s = time.monotonic()
    with Keys({}, terminal.slave):
        time.sleep(0.1)  # it waits for keys
    assert time.monotonic() - begin_s < 1


def test_signals_are_handled_as_before_afterwards(terminal):
    numbers = (signal.SIGTSTP, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    with Keys({}, terminal.slave):
        assert [signal.getsignal(number) for number in numbers] != before
    assert [signal.getsignal(number) for number in numbers] == before


def test_where_stdin_is_no_terminal_nothing_happens():
    program = (
        "import threading\n"
        "from assistant.cli.keys import Keys\n"
        "with Keys({'q': print}): print(threading.active_count(), input())\n"
    )
    for stdin in ("q\n", None):
        answer = subprocess.run(
            [sys.executable, "-c", program if stdin else program.replace("input()", "0")],
            input=stdin,
            stdin=None if stdin else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout == ("1 q\n" if stdin else "1 0\n")


def test_a_terminal_that_goes_away_ends_it(terminal):
    before = set(threading.enumerate())
    with Keys({}, terminal.slave):
        (reader,) = set(threading.enumerate()) - before
        os.close(terminal.master)
        assert until(lambda: not reader.is_alive())


WAITING = "while True: time.sleep(0.1)"
"""As programs should: a signal that comes just before a wait begins is seen when it ends."""

IN_TERMINAL = """\
import os, sys, time
os.close(os.open(os.ttyname(0), os.O_RDWR))  # who leads a session gets the first one it opens
from assistant.cli.keys import Keys, interrupt
def note(key):
    return lambda: print("key", key, flush=True)
with Keys({"m": note("m"), "q": interrupt, "f": lambda: os._exit(7)}):
    print("ready", flush=True)
    %s
"""


class InTerminal:
    """A program whose terminal it is."""

    def __init__(self, terminal, block=WAITING, program=IN_TERMINAL):
        self.terminal = terminal
        self.process = subprocess.Popen(
            [sys.executable, "-c", program % block],
            stdin=terminal.slave,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self):
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()
        assert self.terminal.is_single()
        return self

    def __exit__(self, *error):
        self.process.kill()
        with self.process:
            pass


@pytest.mark.slow
@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT],
    ids=lambda n: n.name,
)
def test_a_program_that_is_ended_leaves_the_terminal_as_it_was(terminal, number):
    with InTerminal(terminal) as program:
        program.process.send_signal(number)
        assert program.process.wait(PATIENCE_S) == -number
    assert terminal.attributes() == terminal.before


@pytest.mark.slow
def test_a_handler_that_the_program_has_is_left_alone(terminal):
    block = "import signal\n    signal.signal(signal.SIGTERM, lambda *a: sys.exit(5))\n"
    block = IN_TERMINAL.replace("with Keys", block.replace("\n    ", "\n") + "with Keys")
    with InTerminal(terminal, program=block) as program:
        program.process.terminate()
        assert program.process.wait(PATIENCE_S) == 5
    assert terminal.attributes() == terminal.before


@pytest.mark.slow
def test_a_program_that_raises_leaves_the_terminal_as_it_was(terminal):
    with InTerminal(terminal, "time.sleep(0.5); 1 / 0") as program:
        assert program.process.wait(PATIENCE_S) == 1
    assert terminal.attributes() == terminal.before


@pytest.mark.slow
@pytest.mark.parametrize("key", [b"\x03", b"q"], ids=["Ctrl-C", "q"])
def test_quitting_wakes_a_program_that_waits(terminal, key):
    block = "import threading; threading.Event().wait()"
    with InTerminal(terminal, block) as program:
        time.sleep(0.5)  # by now it waits
        terminal.press(key)
        assert program.process.wait(PATIENCE_S) == -signal.SIGINT
        assert "KeyboardInterrupt" in program.process.stderr.read()
    assert terminal.attributes() == terminal.before


SHELL = """\
import os, signal, subprocess, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # as shells do: to give the terminal away
job = subprocess.Popen([sys.executable, "-c", sys.argv[1]], process_group=0)
os.tcsetpgrp(0, job.pid)
print("job", job.pid, flush=True)
for command in os.fdopen(int(sys.argv[2])):
    match command.strip():
        case "wait":
            _, status = os.waitpid(job.pid, os.WUNTRACED)
            print("stopped" if os.WIFSTOPPED(status) else "ended", flush=True)
            os.tcsetpgrp(0, os.getpgrp())
        case "fg":
            os.tcsetpgrp(0, job.pid)
            os.killpg(job.pid, signal.SIGCONT)
        case "bg":
            os.killpg(job.pid, signal.SIGCONT)
"""


class Shell:
    """A shell as far as it has a job that is suspended, and gets and gives the terminal."""

    def __init__(self, terminal):
        self.terminal = terminal
        told, self.telling = os.pipe()
        job = IN_TERMINAL.replace("os.close(os.open(os.ttyname(0), os.O_RDWR))", "pass")
        self.process = subprocess.Popen(
            [sys.executable, "-c", SHELL, job % WAITING, str(told)],
            stdin=terminal.slave,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=[told],
        )
        os.close(told)

    def __enter__(self):
        self.job = int(self.answer().split()[1])
        assert self.answer() == "ready\n"
        return self

    def __exit__(self, *error):
        if is_alive(self.job):
            os.kill(self.job, signal.SIGKILL)
        os.close(self.telling)
        with self.process:
            self.process.kill()

    def tell(self, command):
        os.write(self.telling, f"{command}\n".encode())

    def answer(self):
        return self.process.stdout.readline()

    def suspend(self):
        """Press Ctrl-Z, and wait for the job to stop."""
        self.tell("wait")
        self.terminal.press(b"\x1a")
        assert self.answer() == "stopped\n"


@pytest.fixture
def shell(terminal):
    with Shell(terminal) as shell:
        yield shell


@pytest.mark.slow
def test_suspended_by_ctrl_z_the_terminal_is_as_it_was_and_resumed_single_keys_come(
    terminal, shell
):
    for _ in range(2):
        assert until(terminal.is_single)
        shell.suspend()
        assert terminal.attributes() == terminal.before
        shell.tell("fg")
        assert until(terminal.is_single)
        terminal.press(b"m")
        assert shell.answer() == "key m\n"
    os.kill(shell.job, signal.SIGTERM)
    assert until(lambda: terminal.attributes() == terminal.before)


@pytest.mark.slow
def test_what_the_shell_changed_meanwhile_is_kept_at_the_end(terminal, shell):
    shell.suspend()
    attributes = terminal.attributes()
    attributes[LOCAL_FLAGS] &= ~termios.ECHOK
    termios.tcsetattr(terminal.slave, termios.TCSANOW, attributes)
    changed = terminal.attributes()
    shell.tell("fg")
    assert until(terminal.is_single)
    os.kill(shell.job, signal.SIGTERM)
    assert until(lambda: terminal.attributes() == changed)


@pytest.mark.slow
def test_stopped_without_a_word_and_resumed_single_keys_come_again(terminal, shell):
    shell.tell("wait")
    os.kill(shell.job, signal.SIGSTOP)
    assert shell.answer() == "stopped\n"
    termios.tcsetattr(terminal.slave, termios.TCSANOW, terminal.before)  # as shells do
    shell.tell("fg")
    assert until(terminal.is_single)
    terminal.press(b"m")
    assert shell.answer() == "key m\n"
    os.kill(shell.job, signal.SIGTERM)
    assert until(lambda: terminal.attributes() == terminal.before)


@pytest.mark.slow
def test_in_the_background_it_leaves_the_terminal_to_the_shell(terminal, shell):
    shell.suspend()
    shell.tell("bg")
    assert until(lambda: state(shell.job) == "S")
    terminal.press(b"m\n")
    time.sleep(1.2)  # longer than it takes to look for the terminal again
    assert state(shell.job) == "S"  # reading would have stopped it
    assert terminal.attributes() == terminal.before
    assert os.read(terminal.slave, 9) == b"m\n"  # it is there for the shell
    shell.tell("fg")
    assert until(terminal.is_single)
    terminal.press(b"m")
    assert shell.answer() == "key m\n"


@pytest.mark.slow
@pytest.mark.parametrize("is_told", [True, False], ids=["by Ctrl-Z", "by SIGSTOP"])
def test_ended_in_the_background_it_does_not_touch_the_terminal(terminal, shell, is_told):
    if is_told:
        shell.suspend()
    else:
        shell.tell("wait")
        os.kill(shell.job, signal.SIGSTOP)
        assert shell.answer() == "stopped\n"
    shell.tell("bg")
    attributes = terminal.attributes()
    attributes[LOCAL_FLAGS] &= ~termios.ICANON  # as shells have it at their prompt
    termios.tcsetattr(terminal.slave, termios.TCSANOW, attributes)
    prompt = terminal.attributes()
    shell.tell("wait")
    os.kill(shell.job, signal.SIGTERM)
    assert shell.answer() == "ended\n"
    assert wait_until_gone(shell.job)
    assert terminal.attributes() == prompt


def state(pid):
    """Return how a process is: S sleeps, T is stopped; proc(5)."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]
