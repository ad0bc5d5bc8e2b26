import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from workbench.core.database import Database, backups
from workbench.core.errors import UserError
from workbench.core.migrations import MIGRATIONS


def write(database: Database, run: str) -> None:
    with database.writing() as db:
        db["notes"].insert({"text": run})


def notes(database: Database) -> list[str]:
    with database.reading() as db:
        return [row["text"] for row in db["notes"].rows]


def make_notes(db: Any) -> None:
    db["notes"].create({"id": int, "text": str}, pk="id")


def pragma(database: Database, name: str) -> object:
    with database.reading() as db:
        return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_it_is_durable_and_strict(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "synchronous") == 2
    assert pragma(database, "foreign_keys") == 1
    with pytest.raises(sqlite3.IntegrityError), database.writing() as db:
        db["answers"].insert({"prompt": 99, "text": "an answer to nothing"})
    database.close()


def test_an_error_takes_everything_back(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", [make_notes])
    with pytest.raises(RuntimeError), database.writing() as db:
        db["notes"].insert({"text": "half"})
        raise RuntimeError
    assert notes(database) == []
    database.close()


@pytest.mark.parametrize("number", range(len(MIGRATIONS)))
def test_every_migration_works_from_the_one_before(tmp_path: Path, number: int) -> None:
    Database(tmp_path / "a.db", MIGRATIONS[:number]).close()
    database = Database(tmp_path / "a.db", MIGRATIONS[: number + 1])
    assert pragma(database, "user_version") == number + 1
    with database.reading() as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


def test_the_first_migration_keeps_its_shape(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", MIGRATIONS[:1])
    with database.reading() as db:
        tables = {name: list(db[name].columns_dict) for name in db.table_names()}
    database.close()
    assert tables == {
        "prompts": ["id", "text", "created"],
        "answers": ["id", "prompt", "text", "run", "model", "sampling", "position", "created"],
        "rankings": ["id", "prompt", "annotator", "seconds", "skipped", "undone", "source", "created"],
        "ranking_items": ["ranking", "answer", "shown", "rank"],
        "run_rankings": ["run", "ranking"],
        "rejections": ["id", "source", "line", "reason", "raw", "created"],
    }


def test_a_failing_migration_changes_nothing_and_the_next_try_goes_on(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", [make_notes])
    write(database, "kept")
    database.close()

    def broken(db: Any) -> None:
        db["notes"].drop()
        raise RuntimeError

    def more(db: Any) -> None:
        db["notes"].add_column("more", str)

    with pytest.raises(RuntimeError):
        Database(tmp_path / "a.db", [make_notes, broken])
    database = Database(tmp_path / "a.db", [make_notes, more])
    assert notes(database) == ["kept"]
    assert pragma(database, "user_version") == 2
    database.close()


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "a.db", [make_notes, lambda db: None]).close()
    with pytest.raises(UserError, match="newer version"):
        Database(tmp_path / "a.db", [make_notes])


def test_three_backups_of_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for number in range(6):
        database = Database(path, [make_notes])
        write(database, str(number))
        database.close()
    Database(path, [make_notes]).close()
    kept = backups(path)
    assert len(kept) == 3
    Database(path, [make_notes]).close()
    assert backups(path) == kept
    with sqlite3.connect(kept[-1]) as copy:
        assert copy.execute("select count(*) from notes").fetchone() == (6,)
    copy.close()


def test_a_damaged_database_names_its_backup(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database(path, [make_notes])
    with database.writing() as db:
        db["notes"].insert_all({"text": "x" * 500} for _ in range(200))
    database.close()
    Database(path, [make_notes]).close()
    good = path.read_bytes()
    path.write_bytes(good[:4096] + b"\x55" * 8192 + good[12288:])
    with pytest.raises(UserError, match=r"damaged\. Replace it by its newest backup"):
        Database(path, [make_notes])
    assert len(backups(path)) == 1
    path.write_bytes(backups(path)[-1].read_bytes())
    database = Database(path, [make_notes])
    assert len(notes(database)) == 200
    database.close()


def test_something_else_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("a shopping list, and not a short one\n" * 100)
    with pytest.raises(UserError, match="there is no backup"):
        Database(path)


def test_a_lock_of_another_process_is_a_plain_word(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database(path, [make_notes], patience=0.1)
    program = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None); db.execute('BEGIN IMMEDIATE')\n"
        "print('locked', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "locked\n"
    with pytest.raises(UserError, match="Another window or command"):
        write(database, "x")
    other.communicate("")
    write(database, "after")
    assert notes(database) == ["after"]
    database.close()


def test_many_threads_share_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", [make_notes])
    threads = [threading.Thread(target=lambda: [write(database, "x") for _ in range(25)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(notes(database)) == 200
    database.close()
