"""The certificates of the door, made once per home and kept, so that clients can go on trusting `ca.pem`."""

from __future__ import annotations

import ssl
from functools import partial
from pathlib import Path

import trustme

from .errors import StateError
from .files import place

AUTHORITY = "ca.pem"
_BEGIN = b"-----BEGIN CERTIFICATE-----"


def server_context(home: Path) -> ssl.SSLContext:
    """TLS for a server on 127.0.0.1 or localhost; makes `server.pem` and `ca.pem` where they are missing.

    `server.pem` holds key, certificate and authority in one file, so that two processes can't mix two pairs.
    Raises StateError when the file can't be used.
    """
    server = home / "server.pem"
    place(server, _issue)
    content = server.read_bytes()
    authority = _BEGIN + content.rpartition(_BEGIN)[2]
    trusted = home / AUTHORITY
    if not trusted.exists() or trusted.read_bytes() != authority:
        trusted.unlink(missing_ok=True)
        place(trusted, partial(_write, authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(server)
    except ssl.SSLError as error:
        raise StateError(f"{server} holds no certificate with its key; delete it to get new ones.") from error
    return context


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _issue(path: Path) -> None:
    authority = trustme.CA(organization_name="Local Azure")
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    path.touch(mode=0o600)  # before the key is in it
    path.write_bytes(leaf.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())
