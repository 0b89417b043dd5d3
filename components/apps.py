"""Registers the app; after every migration the search indexes and the reference data are there."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_login_failed
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
        user_login_failed.connect(log_failed_credentials)  # whichever door they were tried at


def log_failed_credentials(*, credentials: dict[str, Any], request: Any = None, **_: Any) -> None:
    """Write down under which name a sign-in failed, never with what: Django has taken the password out."""
    from components.operation.logs import log_failed_sign_in

    name = credentials.get("username") or credentials.get("email") or ""
    log_failed_sign_in(name=str(name), request=request)


def load_missing_reference(*, using: str = "default", **_: Any) -> None:
    """Load countries, HS headings and control lists into a database that has none: no import can be read without."""
    from components.models import ControlDate, Country

    if using != "default" or Country._meta.db_table not in connections[using].introspection.table_names():
        return
    if not (Country.objects.exists() and ControlDate.objects.exists()):
        call_command("load_reference", verbosity=0)
