"""Has a script run by a fork of a process that has imported it already, with this process's files, environment and
signals.
"""

import json
import os
import signal
import socket
import sys

directory = os.getcwd()  # noqa: PTH109 - pathlib takes as long as the rest
asked = {"arguments": sys.argv[1:], "directory": directory, "environment": dict(os.environ)}
with socket.socket(socket.AF_UNIX) as forks:
    forks.connect(os.environ["TESTS_FORKS"])
    text = json.dumps(asked).encode() + b"\n"
    sent = socket.send_fds(forks, [text], [0, 1, 2])
    forks.sendall(text[sent:])
    answers = forks.makefile("r")
    process = int(answers.readline())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: os.kill(process, number))
    status = answers.readline()
sys.exit(int(status or 1))
