"""One comment for a stack on a pull request of Azure Repos, edited in place: `comment.py STACK REPORT`.

Source: Azure DevOps REST API 7.1, "Pull Request Threads" and "Pull Request Thread Comments"; the variables are those
that Azure Pipelines predefines. GitHub's workflow has an action for the same.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any


def request(method: str, path: str, body: object = None) -> Any:
    """What Azure DevOps answers about this pull request's threads."""
    collection, project, repository, number = (
        os.environ[name]
        for name in (
            "SYSTEM_COLLECTIONURI",
            "SYSTEM_TEAMPROJECTID",
            "BUILD_REPOSITORY_ID",
            "SYSTEM_PULLREQUEST_PULLREQUESTID",
        )
    )
    pull_request = f"{project}/_apis/git/repositories/{repository}/pullRequests/{number}"
    asked = urllib.request.Request(
        f"{collection.rstrip('/')}/{pull_request}/threads{path}?api-version=7.1",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {os.environ['SYSTEM_ACCESSTOKEN']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def main(stack: str, report: str) -> None:
    """Writes the report over the stack's comment, which a mark that nobody sees tells from others."""
    mark = f"<!-- preview of {stack} -->"
    content = f"{mark}\n{Path(report).read_text(encoding='utf-8')}"
    for thread in request("GET", "")["value"]:
        first = thread["comments"][0]
        if not thread.get("isDeleted") and (first.get("content") or "").startswith(mark):
            request("PATCH", f"/{thread['id']}/comments/{first['id']}", {"content": content})
            return
    # Closed: a report is nothing to be resolved.
    request("POST", "", {"comments": [{"content": content, "commentType": "text"}], "status": "closed"})


if __name__ == "__main__":
    main(*sys.argv[1:])
