"""Registers the app; after every migration the search indexes and the reference data are there."""

from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import post_migrate


class ComponentsConfig(AppConfig):
    """The one app of the product."""

    name = "components"
    verbose_name = "Forensics"

    def ready(self) -> None:
        """What must be so before the first question is asked, and after every migration."""
        from components.models.search import ensure_search_indexes
        from components.models.statements import read_times_with_their_zone

        read_times_with_their_zone()
        # Django rebuilds a SQLite table on AlterField and silently drops its triggers: put them back.
        post_migrate.connect(ensure_search_indexes, sender=self)
        post_migrate.connect(load_missing_reference, sender=self)


def load_missing_reference(*, using: str = "default", **_: Any) -> None:
    """Load countries, HS headings and control lists into a database that has none: no import can be read without."""
    from components.models import ControlDate, Country

    if using != "default" or Country._meta.db_table not in connections[using].introspection.table_names():
        return
    if not (Country.objects.exists() and ControlDate.objects.exists()):
        call_command("load_reference", verbosity=0)
