"""Runs a command as the workflow's own identity in Azure, for however long it takes: `oidc.py COMMAND [ARGUMENT ...]`.

Azure's workload identity reads GitHub's token from a file whenever it needs a new one of Azure's, about once an hour;
GitHub's is good for some minutes only, so a process beside the command writes a fresh one every minute.

Sources: GitHub's documentation, "OpenID Connect reference" (the request for a token); azidentity for Go,
WorkloadIdentityCredential and DefaultAzureCredential (the variables, and that the file is read again).
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from pathlib import Path
from typing import NoReturn

AUDIENCE = "api://AzureADTokenExchange"
SECONDS = 60.0


def token() -> str:
    """A token of GitHub's for Azure. Raises OSError, KeyError or ValueError where there is none."""
    url = f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={AUDIENCE}"
    asked = urllib.request.Request(
        url, headers={"Authorization": f"Bearer {os.environ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return str(json.load(answer)["value"])


def write(file: Path) -> None:
    """A fresh token, put in place at once and for this user alone."""
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(token(), encoding="utf-8")
    new.replace(file)


def keep_fresh(file: Path, process: int, seconds: float) -> NoReturn:
    """Until the process has ended, whose child this is; a token that can't be had is asked for again."""
    written = time.monotonic()
    while os.getppid() == process:
        time.sleep(min(seconds, 1))
        if time.monotonic() - written < seconds:
            continue
        written = time.monotonic()
        try:
            write(file)
        except (OSError, KeyError, ValueError) as error:
            print(f"oidc: no fresh token, trying again: {error}", file=sys.stderr, flush=True)
    file.unlink(missing_ok=True)
    os._exit(0)


def main(command: list[str]) -> NoReturn:
    """Becomes the command, so that signals and exit status are its own."""
    file = Path(os.environ["RUNNER_TEMP"]) / "azure-federated-token"
    try:
        write(file)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"oidc: GitHub gives no token ({error!r}): the job needs the permission id-token: write")
    process = os.getpid()
    if os.fork() == 0:
        keep_fresh(file, process, float(os.environ.get("OIDC_SECONDS", SECONDS)))
    os.environ |= {"AZURE_FEDERATED_TOKEN_FILE": str(file), "AZURE_TOKEN_CREDENTIALS": "WorkloadIdentityCredential"}
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
