"""A database of its own for each benchmark, in a temporary folder or at BENCHMARK_DATABASE_URL."""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def start(*, with_tables: bool = True) -> Path:
    """Set Django up on a fresh SQLite database (or BENCHMARK_DATABASE_URL) and return the folder it lies in."""
    folder = Path(tempfile.mkdtemp(prefix="forensics-benchmark-"))
    os.environ["DATABASE_URL"] = os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{folder / 'benchmark.sqlite3'}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "forensics.settings"
    os.environ.setdefault("FORENSICS_VISITOR_RATE", "1000000/second")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    if with_tables:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
    return folder
