"""The state: one SQLite file that several processes share.

Every request is one transaction, and is acknowledged after its commit: a process may be killed at any moment.
(`synchronous=NORMAL` can lose the last commits when the machine loses power, never when a process dies.)
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import StateError
from .files import place
from .timeline import Timeline

_APPLICATION = 0x4C41524D  # "LARM", in the file's header: tells our files from any other SQLite file
_VERSION = 1
_BUSY_SECONDS = 30
_DAY = 86400
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
CREATE TABLE resources (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, timeline TEXT NOT NULL,
    vanishes REAL, forgotten REAL
);
CREATE TABLE operations (
    name TEXT PRIMARY KEY, resource TEXT NOT NULL, started REAL NOT NULL, ends REAL NOT NULL, error TEXT
);
"""
_FAULTS = """
CREATE TABLE IF NOT EXISTS faults (
    version TEXT NOT NULL, fault INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (version, fault)
)
"""


@dataclass(frozen=True)
class Row:
    """A resource: its id as created, its final body (location, tags, properties) and what is happening to it."""

    id: str
    type: str
    body: dict[str, Any]
    timeline: Timeline

    @property
    def properties(self) -> dict[str, Any]:
        """The final properties."""
        found: dict[str, Any] = self.body["properties"]
        return found


@dataclass(frozen=True)
class Operation:
    """A long-running operation; `error` is `{code, message}` when it ends in failure."""

    name: str
    resource: str
    started: float
    ends: float
    error: dict[str, str] | None


class Transaction:
    """The state as of `now`: what has vanished by then is not there."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        self._connection, self.now = connection, now

    def find(self, key: str) -> Row | None:
        """The resource with that key."""
        return next(iter(self._select("key = ?", key)), None)

    def below(self, key: str) -> list[Row]:
        """Everything inside a scope or nested in a resource, in the order of the ids."""
        return self._select("key > ? AND key < ?", f"{key}/", f"{key}0")  # "0" is the character after "/"

    def of_type(self, key: str, type_: str, after: str = "", most: int = -1) -> list[Row]:
        """The resources of one type inside a scope or parent: those after a key, at most so many (-1: all)."""
        where = "key > ? AND key < ? AND type = ?"
        return self._select(where, max(after, f"{key}/"), f"{key}0", type_, most=most)

    def count(self, key: str, type_: str, location: str) -> int:
        """How many resources of one type there are inside a scope in a location."""
        sql = (
            "SELECT count(*) FROM resources WHERE key > ? AND key < ? AND type = ? "
            "AND (vanishes IS NULL OR vanishes > ?) AND json_extract(body, '$.location') = ?"
        )
        (found,) = self._connection.execute(sql, (f"{key}/", f"{key}0", type_, self.now, location)).fetchone()
        return int(found)

    def remembered_below(self, key: str) -> list[str]:
        """The ids below, including those that are gone but not yet forgotten."""
        sql = "SELECT id FROM resources WHERE key > ? AND key < ? AND (forgotten IS NULL OR forgotten > ?) ORDER BY key"
        return [id_ for (id_,) in self._connection.execute(sql, (f"{key}/", f"{key}0", self.now))]

    def save(self, row: Row, vanishes: float | None = None, forgotten: float | None = None) -> None:
        """Store a resource; `vanishes` is when it is gone, `forgotten` when its parent notices."""
        values = (row.id.lower(), row.id, row.type, json.dumps(row.body), json.dumps(asdict(row.timeline)))
        self._connection.execute("REPLACE INTO resources VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, vanishes, forgotten))

    def purge(self) -> None:
        """Remove what nobody can see any more."""
        self._connection.execute("DELETE FROM resources WHERE forgotten <= ?", (self.now,))
        self._connection.execute("DELETE FROM operations WHERE ends < ?", (self.now - _DAY,))

    def add_operation(self, operation: Operation) -> None:
        """Store an operation."""
        values = (operation.name, operation.resource, operation.started, operation.ends, json.dumps(operation.error))
        self._connection.execute("INSERT INTO operations VALUES (?, ?, ?, ?, ?)", values)

    def preempt(self, key: str) -> None:
        """End what is still under way on a resource, in failure [I]."""
        text = "The operation has been preempted by a more recent operation."
        error = json.dumps({"code": "OperationPreempted", "message": text})
        sql = "UPDATE operations SET ends = ?, error = ? WHERE resource = ? AND ends > ?"
        self._connection.execute(sql, (self.now, error, key, self.now))

    def operation(self, name: str) -> Operation | None:
        """The operation of that name."""
        found = self._connection.execute("SELECT * FROM operations WHERE name = ?", (name.lower(),)).fetchone()
        if found is None:
            return None
        name, resource, started, ends, error = found
        return Operation(name, resource, started, ends, json.loads(error))

    def change_operation(self, operation: Operation) -> None:
        """Store another end of an operation."""
        values = (operation.ends, json.dumps(operation.error), operation.name)
        self._connection.execute("UPDATE operations SET ends = ?, error = ? WHERE name = ?", values)

    def unfinished(self, since: float) -> list[Row]:
        """The resources that something is happening to until then, or later."""
        return self._select("json_extract(timeline, '$.ends') >= ?", since)

    def end_operations(self, since: float) -> None:
        """End the operations that go on until then, or later."""
        self._connection.execute("UPDATE operations SET ends = ? WHERE ends >= ?", (self.now, since))

    def count_fault(self, version: str, fault: int) -> int:
        """Count a request that a fault of a version of the file is about; gives how many there were before."""
        seen = self.faults_seen(version).get(fault, 0)
        self._connection.execute("REPLACE INTO faults VALUES (?, ?, ?)", (version, fault, seen + 1))
        return seen

    def faults_seen(self, version: str) -> dict[int, int]:
        """How many requests each fault of a version of the file was about."""
        return dict(self._connection.execute("SELECT fault, seen FROM faults WHERE version = ?", (version,)))

    def forget_faults(self, version: str) -> bool:
        """Forget what was counted for other versions of the file; gives whether there was anything."""
        return self._connection.execute("DELETE FROM faults WHERE version != ?", (version,)).rowcount > 0

    def _select(self, where: str, *values: str | float, most: int = -1) -> list[Row]:
        sql = f"SELECT id, type, body, timeline FROM resources WHERE {where} AND (vanishes IS NULL OR vanishes > ?)"
        rows = self._connection.execute(f"{sql} ORDER BY key LIMIT ?", (*values, self.now, most))
        return [Row(i, t, json.loads(body), Timeline(**json.loads(line))) for i, t, body, line in rows]


class Store:
    """A state file, made when it is missing. Raises StateError for a file that can't be used."""

    def __init__(self, path: Path) -> None:
        place(path, _create)
        try:
            self.connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            self._check(path)
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.execute(_FAULTS)
        except sqlite3.Error as error:
            text = f"The state file {path} can't be used ({error}); move it away to start anew."
            raise StateError(text) from error

    def _check(self, path: Path) -> None:
        (application,) = self.connection.execute("PRAGMA application_id").fetchone()
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        if (application, version) != (_APPLICATION, _VERSION):
            raise StateError(f"{path} is not a state file of this local Azure; move it away to start anew.")
        (result,) = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        if result != "ok":
            raise StateError(f"The state file {path} is damaged ({result}); move it away to start anew.")

    @contextmanager
    def transaction(self, now: float, *, write: bool) -> Iterator[Transaction]:
        """One request's view of the state; rolled back when the block raises or the commit fails."""
        self.connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            transaction = Transaction(self.connection, now)
            if write:
                transaction.purge()
            yield transaction
            self.connection.execute("COMMIT")
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


def _create(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(_SCHEMA)
    connection.close()
