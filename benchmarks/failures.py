"""Kills and full disks at random moments: is every stored file whole after them, and can the work go on?

    ./dev run python benchmarks/failures.py --only photo --times 50 [--tmpfs] [--database postgres://…] [--seed 1]

Each attempt is a process of its own that does one piece of work (a photo's upload, the check or the commit of a customs
file, links and traces) and is killed at a random moment, or, with --tmpfs, meets a disk with a random rest of room.
After each, every file is held against its digest, no import may be stuck, and the work is done again and must succeed.
--tmpfs mounts a small disk and needs the rights to do so. Files lie on it, and for trace with SQLite the database; the
disk of a PostgreSQL server is not filled.
"""

import argparse
import hashlib
import importlib
import io
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROWS = 5_000  # of the customs file
DISK_BYTES = 300_000_000
DONE, NO_ROOM, OTHER = 0, 3, 4


def main() -> None:
    """Make the attempts and print how many there were, how many broke off, and what was wrong after them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", choices=sorted(WORK), required=True)
    options.add_argument("--times", type=int, default=50)
    options.add_argument("--tmpfs", action="store_true", help="fill a small disk instead of killing")
    options.add_argument("--database", default="", help="default: a SQLite file in --folder")
    options.add_argument("--folder", type=Path, default=Path("/tmp/forensics-failures"))
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    files = given.folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    if given.tmpfs:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", files], check=True)
    try:
        print(attempts(given, files))
    finally:
        if given.tmpfs:
            subprocess.run(["umount", "--lazy", files], check=True)


def attempts(given: argparse.Namespace, files: Path) -> str:
    """All attempts of one kind; what came of them as one line."""
    start(given, files)
    work, chance = WORK[given.only](given.folder), random.Random(given.seed)
    ended: Counter[str] = Counter()
    wrong: list[str] = []
    work.prepare()
    begun, before = time.monotonic(), used(files)
    assert run(work.act) == DONE, "the work does not succeed undisturbed"
    seconds, need = time.monotonic() - begun, max(used(files) - before, 100_000)
    wrong += [f"undisturbed: {each}" for each in faults(work)]
    for number in range(given.times):
        work.prepare()
        if given.tmpfs:
            code = run_on_full_disk(work.act, files, int(need * chance.uniform(0, 1.5)))
        else:
            code = run(work.act, kill_after=chance.uniform(0, seconds * 1.05))
        ended[{DONE: "done", NO_ROOM: "no room", -signal.SIGKILL: "killed"}.get(code, f"ended with {code}")] += 1
        wrong += [f"{number}: {each}" for each in faults(work)]
    counts = ", ".join(f"{count} {word}" for word, count in sorted(ended.items()))
    kind = "full disks" if given.tmpfs else "kills"
    name = "PostgreSQL" if given.database else "SQLite"
    broken = given.times - ended["done"]
    told = f"{given.only}, {name}, {kind}: {given.times} attempts ({counts}), {broken} broken off, {len(wrong)} wrong"
    return "\n  ".join([told, *wrong])


def start(given: argparse.Namespace, files: Path) -> None:
    """Set Django up on a database of its own, which is migrated once and kept in the folder."""
    sqlite = given.folder / "failures.sqlite3"
    os.environ |= {
        "DATABASE_URL": given.database or f"sqlite:///{sqlite}",
        "FORENSICS_MEDIA_ROOT": str(files / "media"),
        "FORENSICS_LAKE_ROOT": str(files / "lake"),
        "DJANGO_SETTINGS_MODULE": "forensics.settings",
    }
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    forget_earlier_runs()
    if given.tmpfs and given.only == "trace" and not given.database:
        from django.db import connections

        connections.close_all()
        shutil.copy(sqlite, files / sqlite.name)
        connections.settings["default"]["NAME"] = str(files / sqlite.name)
        connections["default"].settings_dict["NAME"] = str(files / sqlite.name)


def of_tests(name: str) -> Any:
    """A module of the tests, which make rows."""
    return importlib.import_module(f"tests.{name}")


def forget_earlier_runs() -> None:
    """Rows whose files went with the folder of an earlier run."""
    from components.models import Dataset, Link, LinkBuild, MediaFile, Photo, Trace

    Trace.objects.all().delete()
    LinkBuild.objects.all().delete()
    Link.objects.all()._raw_delete("default")
    for model in (Photo, MediaFile, Dataset):
        model.objects.all().delete()


def run(act: Callable[[], Any], *, kill_after: float | None = None) -> int:
    """Do something in a process of its own; its exit code, negative for the signal that ended it."""
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if pid == 0:
        os._exit(_ended(act))
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _ended(act: Callable[[], Any]) -> int:
    from components.storage import is_full

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        act()
    except BaseException as problem:
        if is_full(problem):
            return NO_ROOM
        print(f"  {type(problem).__name__}: {problem}", file=sys.stderr)
        return OTHER
    return DONE


def run_on_full_disk(act: Callable[[], Any], files: Path, room: int) -> int:
    """The same on a disk with so many bytes of room, which it has again afterwards."""
    filler, seen = files / "filler", os.statvfs(files)
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(1, seen.f_bavail * seen.f_frsize - room))
    try:
        return run(act)
    finally:
        filler.unlink()


def used(files: Path) -> int:
    """Bytes that the files take."""
    return sum(path.stat().st_size for path in files.rglob("*") if path.is_file())


def faults(work: Any) -> list[str]:
    """What is wrong after an attempt: files against digests, then whether the work can be done now."""
    found = bad_files()
    if run(work.act_again) != DONE:
        found.append("it cannot be done again")
    return [*found, *bad_files(), *work.wrong()]


def bad_files() -> list[str]:
    """Missing and altered files, and orphaned ones that are not what their names say."""
    from django.core.files.storage import default_storage

    from components.intake.verifying import verify_files
    from components.storage import digest_of

    found = verify_files()
    bad = [f"missing {each}" for each in found.missing] + [f"altered {each}" for each in found.altered]
    for line in found.orphaned:
        name = line.partition(":")[0]
        if name.startswith(("originals/", "imports/")):
            with default_storage.open(name) as stream:
                if digest_of(stream) != name.rpartition("/")[2]:
                    bad.append(f"cut {name}")
    return bad


class Photo:
    """The upload of a photo of some hundred kilobytes."""

    def __init__(self, folder: Path) -> None:
        from components.models import User, Weapon

        self.user, _ = User.objects.get_or_create(username="failures", defaults={"role": "editor"})
        self.weapon = Weapon.objects.filter(label="failures").first() or self.new_weapon()
        self.content = b""

    def new_weapon(self) -> Any:
        return of_tests("factories").WeaponFactory(label="failures")

    def prepare(self) -> None:
        from PIL import Image

        content = io.BytesIO()
        Image.effect_noise((1800, 1200), 90).save(content, "JPEG", quality=90)
        self.content = content.getvalue()

    def act(self) -> None:
        from components.curation.photos import attach_photo

        attach_photo(self.weapon, io.BytesIO(self.content), name="board.jpg", user=self.user)

    act_again = act

    def wrong(self) -> list[str]:
        from components.curation.stored_files import open_photo
        from components.models import Photo

        photo = Photo.objects.get(digest=hashlib.sha256(self.content).hexdigest())
        with open_photo(photo, "original") as stream:
            return [] if stream.read() == self.content else ["another original is served"]


class Check:
    """The check of an uploaded customs file."""

    def __init__(self, folder: Path) -> None:
        from components.models import User

        self.user, _ = User.objects.get_or_create(username="failures", defaults={"role": "editor"})
        self.file, self.count = folder / "records.csv", 0
        self.pk = 0

    def prepare(self) -> None:
        """A received file that no dataset has."""
        from components.choices import ImportStatus
        from components.intake.trade.datasets import About, new_batch, staged_folder

        self.count += 1
        write_declarations(self.file, f"{os.getpid()}-{self.count}")
        about = About(title="Failures", source_title="Failures", is_synthetic=True)
        batch = new_batch(self.file, about, name="records.csv", user=self.user, status=ImportStatus.RUNNING)
        staged_folder(batch).mkdir(parents=True, exist_ok=True)
        shutil.copy(self.file, staged_folder(batch) / "uploaded")
        self.pk = batch.pk

    def batch(self) -> Any:
        from components.models import ImportBatch

        return ImportBatch.objects.get(pk=self.pk)

    def act(self) -> None:
        from components.intake.trade.datasets import check_received

        check_received(self.batch())

    def act_again(self) -> None:
        """As a person would: look, check again, commit, undo."""
        from components.intake.trade.datasets import check_again, give_up_if_silent

        batch = self.batch()
        # A process that was killed before it took its lock is given up after minutes: those have passed here.
        give_up_if_silent(batch, now=time.time() + 3600)
        if self.batch().status in {"unfinished", "failed"}:
            check_again(self.batch(), user=self.user)
            self.act()
        self.commit()

    def commit(self) -> None:
        from django.utils import timezone

        from components.intake.batches import commit_batch

        if self.batch().status == "checked":
            commit_batch(self.batch(), user=self.user, now=timezone.now())

    def wrong(self) -> list[str]:
        """The dataset must be whole; then it is undone, so that the disk does not fill."""
        from django.utils import timezone

        from components.intake.undo import undo_batch
        from components.models import Dataset

        batch = self.batch()
        rows = list(Dataset.objects.filter(import_batch=batch).values_list("row_count", flat=True))
        bad = [] if (batch.status, rows) == ("committed", [ROWS]) else [f"{batch.status}, datasets of {rows} rows"]
        if batch.status == "committed":
            undo_batch(batch, user=self.user, now=timezone.now())
        else:
            batch.delete()
        drop_unnamed()
        return bad


class Commit(Check):
    """The commit of a checked customs file."""

    def prepare(self) -> None:
        super().prepare()
        assert run(super().act) == DONE

    def act(self) -> None:
        self.commit()

    act_again = act


def drop_unnamed() -> None:
    """What kills have left in the lake goes after a day; here at once, for the next attempt's room."""
    from django.conf import settings

    from components.intake.trade.datasets import named_folders
    from components.lake.files import unnamed_folders

    for folder in unnamed_folders(Path(settings.LAKE_ROOT), named_folders()):
        shutil.rmtree(folder)


def write_declarations(file: Path, first: str) -> None:
    """A customs file whose digest no other has."""
    header = of_tests("linking.test_building").HEADER
    lines = (
        f"{first}/{n};15.03.2022;SYNTHETIC TRADE {n % 300};HK;OOO {n % 200};MY;HK;SYN{n % 7}A00 MICROCIRCUIT;"
        f"Synthetic Maker;8542319010;100;{n}"
        for n in range(ROWS)
    )
    file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")


class Trace:
    """Links of a dataset and the traces of thirty components."""

    def __init__(self, folder: Path) -> None:
        from django.utils import timezone

        from components.intake.trade.datasets import About, import_dataset
        from components.models import Part, User

        user, _ = User.objects.get_or_create(username="failures", defaults={"role": "editor"})
        file = folder / "records.csv"
        write_declarations(file, "trace")
        assert run(lambda: import_dataset(file, About("Failures", "Failures"), user=user, now=timezone.now())) == DONE
        if not Part.objects.filter(mpn="SYN1A00").exists():
            rows = of_tests("factories")
            maker = rows.ManufacturerFactory(name="Synthetic Maker")
            for number in range(7):
                part = rows.PartFactory(manufacturer=maker, mpn=f"SYN{number}A00")
                for _ in range(4):
                    component = rows.ComponentFactory()
                    rows.IdentificationFactory(component=component, part=part, manufacturer=maker, is_current=True)
        self.expected: tuple[int, int] | None = None

    def prepare(self) -> None:
        from components.models import Link, LinkBuild, Trace

        Trace.objects.all().delete()
        LinkBuild.objects.all().delete()
        Link.objects.all()._raw_delete("default")

    def act(self) -> None:
        from django.utils import timezone

        from components.pipeline import update_inferences

        update_inferences(now=timezone.now())

    act_again = act

    def wrong(self) -> list[str]:
        """The same links and traces as undisturbed."""
        from components.models import Link, Trace

        found = (Link.objects.count(), Trace.objects.count())
        self.expected = self.expected or found
        return [] if found == self.expected and all(found) else [f"{found} links and traces for {self.expected}"]


WORK: dict[str, Any] = {"photo": Photo, "check": Check, "commit": Commit, "trace": Trace}

if __name__ == "__main__":
    main()
