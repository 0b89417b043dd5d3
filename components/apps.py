"""Registers the app; the search indexes are restored after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ComponentsConfig(AppConfig):
    """The one app of the product."""

    name = "components"
    verbose_name = "Forensics"

    def ready(self) -> None:
        """Django rebuilds a SQLite table on AlterField and silently drops its triggers; put them back."""
        from components.models.search import ensure_search_indexes

        post_migrate.connect(ensure_search_indexes, sender=self)
