"""The process that plugins are copied from: it has imported what all of them need.

    python -m assistant.nursery_child DESCRIPTOR

DESCRIPTOR is a Unix socket. Each request on it is a line of JSON:

    {"fork": [...]}     with stdin, stdout and stderr of the copy as descriptors beside it; it
                        runs `plugin_child` with these arguments. Answered with {"pid": ...}
    {"reap": pid}       the copy was killed, and nobody asks for it any more: what it has left
                        behind is killed as well

A copy shares its memory with the others until it writes to it, and starts in milliseconds.
"""

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress

from assistant import plugin_child
from assistant.pipes import adopt_orphans, die_with_parent, name_process

MAX_REQUEST_BYTES = 65_536


def serve(requests: socket.socket) -> None:
    """Fork and reap until the other end of the socket is closed, then end all copies."""
    copies: set[int] = set()
    while True:
        content, descriptors, _, _ = socket.recv_fds(requests, MAX_REQUEST_BYTES, 3)
        if not content:
            break
        request = json.loads(content)
        if "reap" in request:
            copies.discard(request["reap"])
            _end_children(but=copies)
            continue
        pid = os.fork()
        if pid == 0:
            requests.close()
            _become(request["fork"], descriptors)
        _own_group(pid)  # before anybody is told of it, and may want to kill its group
        copies.add(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        requests.sendall(json.dumps({"pid": pid}).encode())
    _end_children(but=set())


def _own_group(pid: int) -> None:
    """Give a process a group of its own: killed whole, deaf to Ctrl-C."""
    with suppress(OSError):  # it has it, or is gone
        os.setpgid(pid, pid)


def _end_children(but: set[int]) -> None:
    """Kill and reap all children but those: also what a copy has left behind, which is ours."""
    while children := _children() - but:
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> set[int]:
    """Return the process ids of our children; none where the kernel does not tell."""
    own = os.getpid()
    try:
        with open(f"/proc/{own}/task/{own}/children") as file:
            return {int(pid) for pid in file.read().split()}
    except OSError:
        return set()


def _become(arguments: list[str], descriptors: list[int]) -> None:
    """Run a plugin in this process, which is a copy; does not return."""
    status = 1
    try:
        _own_group(0)
        for standard, descriptor in enumerate(descriptors):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        sys.argv[1:] = arguments
        name_process(arguments[1])
        plugin_child.main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(status)  # whatever happened: nothing of the nursery is done twice


def main() -> None:
    """Serve the parent."""
    die_with_parent()
    adopt_orphans()
    gc.collect()
    gc.freeze()  # the collector would write to what is shared
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
