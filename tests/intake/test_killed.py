"""An import that dies half-way leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
ROWS = 10_000
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def a_long_list(path: Path) -> None:
    """A parts list that takes a few seconds to import."""
    rows = "\n".join(f"SYN{number:06}-A,Synthetic Maker {number % 50},Made up,Diodes,yes" for number in range(ROWS))
    path.write_text("part_number,manufacturer,description,category,is_synthetic\n" + rows, encoding="utf-8")


def manage(database: Path, *words: str) -> subprocess.Popen[str]:
    """`manage.py` in a process of its own, on a database of its own."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def counted(database: Path) -> str:
    """How many rows the tables hold that an import writes."""
    tables = "Part.objects, Citation.objects, ImportBatch.objects, Part.history, Manufacturer.objects"
    words = f"from components.models import *; print('COUNTS', *[rows.count() for rows in ({tables})])"
    out, _ = manage(database, "shell", "-v", "0", "-c", words).communicate(timeout=60)
    return next(line for line in out.splitlines() if line.startswith("COUNTS"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="kills a process that writes a SQLite file of its own")
def test_a_process_killed_while_it_writes_leaves_nothing_and_the_file_can_be_imported_again(
    tmp_path: Path, migrated_file: Path
) -> None:
    database, path = tmp_path / "killed.sqlite3", tmp_path / "parts.csv"
    a_long_list(path)
    shutil.copy(migrated_file, database)
    running = manage(database, "import", "parts", str(path))
    journal = database.with_name(database.name + "-wal")
    deadline = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < deadline:
        if journal.exists() and journal.stat().st_size > 1_000_000:  # it is writing: thousands of pages to go
            break
        time.sleep(0.01)

    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)

    assert running.returncode == -signal.SIGKILL, "the import ended before it could be killed"
    assert counted(database) == "COUNTS 0 0 0 0 0"
    out, _ = manage(database, "import", "parts", str(path)).communicate(timeout=300)
    assert f"{ROWS:,} created" in out
