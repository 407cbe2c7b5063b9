"""A child process that does what its argument says: the fake behind tests/test_child.py."""

import os
import subprocess
import sys
import time

from assistant.errors import PluginError
from assistant.pipes import Pipes, serve


def answer(message):
    match message["do"]:
        case "echo":
            return message
        case "fail":
            raise PluginError("no such flower")
        case "hang":
            time.sleep(60)
        case "die":
            os._exit(3)
        case "print":
            print("noise on stdout")
            os.system("echo more noise")
            return {"printed": True}
        case "flood":
            return {"text": "x" * 2_000_000}
        case "fork":
            return {"pid": subprocess.Popen(["sleep", "60"]).pid}
    return {}


if __name__ == "__main__":
    if sys.argv[1:] == ["nonsense"]:
        os.write(1, b"this is not JSON\n")
        time.sleep(60)
    if sys.argv[1:] == ["push"]:
        pipes = Pipes()
        for number in range(3):
            pipes.send({"number": number})
        time.sleep(60)
    if sys.argv[1:] == ["tick"]:
        pipes = Pipes()
        while True:
            pipes.send({"tick": True})
            time.sleep(0.1)
    serve(answer)
