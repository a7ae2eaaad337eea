"""The comment of Azure Pipelines, at a server that keeps threads as Azure DevOps does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

COMMENT = Path(__file__).parents[2] / ".azure-pipelines" / "comment.py"
PATH = "/project/_apis/git/repositories/repository/pullRequests/7/threads"


class Threads(HTTPServer):
    """The threads of a pull request; one of them is somebody else's."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.threads: list[Any] = [{"id": 1, "comments": [{"id": 1, "content": "Looks good"}]}]


class Handler(BaseHTTPRequestHandler):
    server: Threads

    def answer(self) -> None:
        path = self.path.removesuffix("?api-version=7.1")
        assert path.startswith(PATH) and self.headers["Authorization"] == "Bearer token"
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        answer: Any = {"value": self.server.threads}
        if self.command == "POST":
            comments = [{"id": 1, **comment} for comment in body["comments"]]
            answer = {"id": len(self.server.threads) + 1, "comments": comments}
            self.server.threads.append(answer)
        elif self.command == "PATCH":
            thread, _, comment = path.removeprefix(f"{PATH}/").partition("/comments/")
            [answer] = (each for each in self.server.threads if each["id"] == int(thread))
            answer["comments"][int(comment) - 1].update(body)
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Threads]:
    made = Threads()
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_one_comment_for_each_stack_edited_in_place(server: Threads, tmp_path: Path) -> None:
    env = os.environ | {
        "SYSTEM_COLLECTIONURI": f"http://127.0.0.1:{server.server_address[1]}/",
        "SYSTEM_TEAMPROJECTID": "project",
        "BUILD_REPOSITORY_ID": "repository",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        "SYSTEM_ACCESSTOKEN": "token",
        "NO_PROXY": "127.0.0.1",
    }
    report = tmp_path / "report.md"
    for stack, text in (("dev", "one"), ("prod", "two"), ("dev", "three → 3")):
        report.write_text(text, encoding="utf-8")
        subprocess.run([sys.executable, COMMENT, stack, report], env=env, check=True)

    contents = [thread["comments"][0]["content"] for thread in server.threads]
    assert contents == ["Looks good", "<!-- preview of dev -->\nthree → 3", "<!-- preview of prod -->\ntwo"]
