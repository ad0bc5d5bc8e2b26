"""The database of a project: checked and backed up when it is opened, durable with every commit.

One connection and one lock: any thread may use it, one at a time. Other processes may use the same file; a
writer waits some seconds for another one before it gives up with a plain word.
"""

import datetime
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.migrations import MIGRATIONS, Migration

BACKUPS = 3
PATIENCE = 5.0
"""Seconds to wait for another process that writes."""


class Database:
    """An open database; `reading` and `writing` give the sqlite-utils object behind it.

    Args:
        path: The file; it is made if it is missing.
        migrations: The steps that bring it up to date.
        patience: Seconds to wait for another process that writes.

    Raises:
        UserError: It is damaged, locked by another process, not writable, or from a newer program.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS, *, patience: float = PATIENCE) -> None:
        import sqlite_utils

        self.path = path
        self._lock = threading.RLock()
        with _plain_words(path):
            existed = path.exists() and path.stat().st_size > 0
            connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
            self._db = sqlite_utils.Database(connection, execute_plugins=False)
            try:
                if existed:
                    self._check()
                    self._back_up()
                self._prepare(migrations)
            except BaseException:
                connection.close()
                raise

    def close(self) -> None:
        """Close the file; nothing that was written is lost without it."""
        with self._lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Give the database to read from."""
        with self._lock, _plain_words(self.path):
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Give the database to write to: all of it is on disk after leaving, or nothing after an error."""
        with self._lock, _plain_words(self.path):
            self._db.execute("BEGIN IMMEDIATE")  # a lock taken later could fail half-way
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise

    def _prepare(self, migrations: Sequence[Migration]) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        if self._version() > len(migrations):
            raise UserError(
                tr(
                    "A newer version of the program made the database {file}. Use that version.",
                    file=self.path,
                )
            )
        if self._version() == len(migrations):
            return
        with self.writing():
            for number in range(self._version(), len(migrations)):  # read anew: another process may have been faster
                migrations[number](self._db)
                self._db.execute(f"PRAGMA user_version = {number + 1}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _check(self) -> None:
        problems = [row[0] for row in self._db.execute("PRAGMA quick_check(5)").fetchall()]
        if problems != ["ok"]:
            raise sqlite3.DatabaseError("; ".join(problems))

    def _back_up(self) -> None:
        """Copy a database that has changed since the last copy, and drop the oldest copies."""
        kept = backups(self.path)
        if kept and kept[-1].stat().st_mtime >= _changed(self.path):
            return
        folder = _backup_folder(self.path)
        folder.mkdir(exist_ok=True)
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S-%f")
        unfinished = folder / f".{stamp}-{os.getpid()}"
        with sqlite3.connect(unfinished) as copy:
            self._db.conn.backup(copy)
        copy.close()
        unfinished.rename(folder / f"{self.path.stem}-{stamp}{self.path.suffix}")
        for old in backups(self.path)[:-BACKUPS]:
            old.unlink(missing_ok=True)


def backups(path: Path) -> list[Path]:
    """Return the copies of a database, oldest first."""
    return sorted(_backup_folder(path).glob(f"{path.stem}-*{path.suffix}"))


def _backup_folder(path: Path) -> Path:
    return path.parent / "backups"


def _changed(path: Path) -> float:
    log = path.with_name(path.name + "-wal")
    # merely opening the database makes an empty log
    return max(file.stat().st_mtime for file in (path, log) if file.exists() and file.stat().st_size)


@contextmanager
def _plain_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a sentence for a person."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            sentence = tr("Another window or command is using this project. Close it, or wait and try again.")
        elif "full" in text:
            sentence = tr("The disk is full, so the last change was not saved. Make room and try again.")
        elif "readonly" in text or "unable to open" in text:
            sentence = tr("The database {file} cannot be written. Check the rights of its folder.", file=path)
        else:
            raise
        raise UserError(sentence, text) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        kept = backups(path)
        raise UserError(
            tr(
                "The database {file} is damaged. Replace it by its newest backup, {backup}.",
                file=path,
                backup=kept[-1],
            )
            if kept
            else tr("The database {file} is damaged, and there is no backup of it.", file=path),
            str(error),
        ) from error
