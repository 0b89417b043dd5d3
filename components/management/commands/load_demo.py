"""Load the demonstration world of fixtures/demo with its accounts; running it again changes nothing."""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from components.choices import Role, Visibility
from components.curation.companies import propose_matches
from components.curation.photos import attach_photo
from components.curation.visibility import set_visibility
from components.intake.batches import run_import
from components.intake.formats.teardown import KEY_PREFIX
from components.intake.outcomes import ImportRefused
from components.intake.trade.datasets import About, import_dataset
from components.management.commands.load_reference import load_reference
from components.management.commands.make_trade import make_dataset
from components.management.demo_chains import load_assumptions, load_legs
from components.models import (
    Assembly,
    Citation,
    CompanyMatch,
    Component,
    Dataset,
    ImportBatch,
    Link,
    Manufacturer,
    Part,
    Photo,
    Source,
    User,
    Weapon,
)
from components.pipeline import update_inferences

ACCOUNTS = {"researcher": Role.RESEARCHER, "editor": Role.EDITOR, "administrator": Role.ADMINISTRATOR}
PASSWORD_VARIABLE = "FORENSICS_DEMO_PASSWORD"
DEFAULT_PASSWORD = "demonstration-only"
# Weapons come first with their sources: makers and parts name a source by its title only.
SHEETS = (
    ("teardown", "weapons.csv"),
    ("manufacturers", "manufacturers.csv"),
    ("parts", "parts.csv"),
    ("teardown", "teardowns.csv"),
)
# Kept back on purpose, so that one sees what a role sees: all of them synthetic, each with a single teardown.
KEPT_BACK = {"syn-05": Visibility.RESTRICTED, "syn-14": Visibility.RESTRICTED, "syn-09": Visibility.DRAFT}
SHOWN_FAULTS = 20
TRADE_ROWS, TRADE_SEED = 20_000, 20240223
DECLARATIONS = About(
    title="Synthetic declarations of the demonstration's parts",
    source_title="Synthetic customs declarations of the demonstration's parts (demonstration)",
    licence="Apache-2.0, as the project's",
    coverage="Made up by fixtures/demo/chains.py: imports of the demonstration's synthetic parts into Russia, 2017 to "
    "2024, except parts of Russian and Belarusian makers.",
    completeness="Not applicable: no row is a real shipment. One component in five came by a way that is in no row.",
    is_synthetic=True,
    visibility=Visibility.PUBLISHED,
)


@dataclass(frozen=True)
class Picture:
    """A row of photos.csv."""

    file: str
    weapon_key: str
    component_key: str
    assembly: str
    caption: str
    credit: str
    licence: str
    is_synthetic: str


def make_accounts(password: str) -> list[str]:
    """Add the demonstration accounts that are absent; their names. Accounts that are there stay as they are."""
    present = set(User.objects.filter(username__in=ACCOUNTS).values_list("username", flat=True))
    absent = [name for name in ACCOUNTS if name not in present]
    for name in absent:
        is_administrator = ACCOUNTS[name] == Role.ADMINISTRATOR
        User.objects.create_user(
            name,
            password=password,
            role=ACCOUNTS[name],
            is_staff=is_administrator,
            is_superuser=is_administrator,
            has_public_password=password == DEFAULT_PASSWORD,
        )
    return absent


def import_sheet(format_name: str, path: Path, *, user: User, now: datetime) -> ImportBatch:
    """Import one sheet as published. Raises ImportRefused where a row is bad."""
    return run_import(format_name, path, user=user, visibility=Visibility.PUBLISHED, now=now)


def attach_pictures(folder: Path, *, user: User) -> None:
    """Attach the drawn photos and publish those whose record is published."""
    for picture in _pictures(folder / "photos.csv"):
        record = _record(picture)
        with (folder / "photos" / picture.file).open("rb") as upload:
            photo = attach_photo(
                record,
                upload,
                name=picture.file,
                user=user,
                caption=picture.caption,
                credit=picture.credit,
                licence=picture.licence,
                is_synthetic=picture.is_synthetic == "yes",
            )
        if photo.visibility == Visibility.DRAFT and record.visibility == Visibility.PUBLISHED:
            set_visibility(photo, to=Visibility.PUBLISHED, user=user, why="demonstration")


def _pictures(path: Path) -> Iterator[Picture]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Picture(**row)


def _record(picture: Picture) -> Weapon | Assembly | Component:
    weapon_key = KEY_PREFIX + picture.weapon_key
    if picture.component_key:
        return Component.objects.get(external_key=f"{weapon_key}:{picture.component_key}")
    weapon = Weapon.objects.get(external_key=weapon_key)
    assembly: Assembly | None = None
    for name in filter(None, picture.assembly.split(" > ")):
        assembly = Assembly.objects.get(weapon=weapon, parent=assembly, name=name)
    return assembly or weapon


def keep_back(*, user: User) -> None:
    """Hide a few weapons, with all they hold and the sources that tell of them, from those who are to see less."""
    for key, visibility in KEPT_BACK.items():
        weapon = Weapon.objects.get(external_key=KEY_PREFIX + key)
        sources = Source.objects.filter(pk__in=Citation.objects.of(weapon).values("source"))
        for row in (weapon, *sources):
            if row.visibility == Visibility.PUBLISHED:
                set_visibility(row, to=visibility, user=user, why="demonstration of roles")


def import_declarations(path: Path, *, user: User, now: datetime) -> ImportBatch:
    """Import the declarations that name the synthetic parts; the same file again adds nothing."""
    return import_dataset(path, DECLARATIONS, user=user, now=now)


def counts() -> dict[str, int]:
    """What a visitor can see now, and what is kept from them."""
    visitor = AnonymousUser()
    components = Component.objects.visible_to(visitor).with_identification(visitor)
    return {
        "weapons": Weapon.objects.visible_to(visitor).count(),
        "weapons not published": Weapon.objects.exclude(visibility=Visibility.PUBLISHED).count(),
        "components": components.count(),
        "foreign components": components.foreign().count(),
        "makers": Manufacturer.objects.standing().count(),
        "parts": Part.objects.count(),
        "shipments": sum(Dataset.objects.visible_to(visitor).shipments().values_list("row_count", flat=True)),
        "links": Link.objects.visible_to(visitor).count(),
        "photos": Photo.objects.visible_to(visitor).count(),
    }


class Command(BaseCommand):
    help = "Load the demonstration world: reference data, accounts, makers, parts, teardowns and photos."

    def handle(self, *args: Any, **options: Any) -> None:
        password = self._password()
        folder, now = settings.FIXTURES_ROOT / "demo", timezone.now()
        load_reference(settings.FIXTURES_ROOT / "reference")
        added = make_accounts(password)
        editor = User.objects.get(username="editor")
        for format_name, name in SHEETS:
            self._import(format_name, folder / name, editor, now)
        attach_pictures(folder, user=editor)
        self._trade(folder, editor, now)
        keep_back(user=editor)
        self._chains(folder, editor, now)
        self._say_counts()
        self._say_accounts(added, password)

    def _password(self) -> str:
        """The password of new accounts. One that everybody can read here is no password for a site on the network."""
        password = os.environ.get(PASSWORD_VARIABLE, "")
        if password in {"", DEFAULT_PASSWORD} and settings.OPEN_TO_OTHERS:
            raise CommandError(f"Set {PASSWORD_VARIABLE}: the accounts would have a password that everybody knows.")
        return password or DEFAULT_PASSWORD

    def _import(self, format_name: str, path: Path, user: User, now: datetime) -> None:
        try:
            batch = import_sheet(format_name, path, user=user, now=now)
        except ImportRefused as refusal:
            faults = (
                f"line {each.line}, {each.column}: {each.value!r} {each.reason}" for each in refusal.report.faults
            )
            raise CommandError("\n".join([f"{path.name}: {refusal}", *list(faults)[:SHOWN_FAULTS]])) from refusal
        outcomes = ("created", "matched", "changed", "repeated", "rejected")
        told = ", ".join(f"{batch.report[outcome]} {outcome}" for outcome in outcomes if batch.report[outcome])
        self.stdout.write(f"{path.name}: {told}")

    def _trade(self, folder: Path, editor: User, now: datetime) -> None:
        """Synthetic customs declarations, and the companies in them that may be one."""
        for batch in (
            make_dataset(rows=TRADE_ROWS, seed=TRADE_SEED, user=editor),
            import_declarations(folder / "declarations.csv", user=editor, now=now),
        ):
            told = f"{batch.report['created']} created, {batch.report['matched']} matched"
            self.stdout.write(f"{batch.file_name}: {told}")
        if not CompanyMatch.objects.exists():
            propose_matches()

    def _chains(self, folder: Path, editor: User, now: datetime) -> None:
        """What routes rest on: assumptions, documented steps, and the links of parts and shipments."""
        assumptions = load_assumptions(folder / "assumptions.csv", user=editor)
        legs = load_legs(folder / "legs.csv", user=editor)
        done = update_inferences(now=now)
        self.stdout.write(f"chains: {assumptions} assumptions, {legs} legs, {done.links} links created")
        self.stdout.write(f"routes: {done.traces.computed} components traced, {done.traces.unchanged} unchanged")

    def _say_counts(self) -> None:
        self.stdout.write("\nA visitor sees:")
        for name, number in counts().items():
            self.stdout.write(f"  {number:>6,} {name}")

    def _say_accounts(self, added: list[str], password: str) -> None:
        self.stdout.write("\nAccounts for the demonstration only; remove them before the site is used for real:")
        for name in ACCOUNTS:
            self.stdout.write(f"  {name:<14} {password if name in added else 'was there already; unchanged'}")
