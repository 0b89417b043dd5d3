"""What every page knows: the version of the product."""

import tomllib
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest


def _version() -> str:
    """The installed version, or the one of the checkout it runs from; "" where neither can be told."""
    try:
        return metadata.version("forensics")
    except metadata.PackageNotFoundError:
        project = Path(settings.BASE_DIR) / "pyproject.toml"
        return str(tomllib.loads(project.read_text())["project"]["version"]) if project.is_file() else ""


VERSION = _version()


def version(_request: HttpRequest) -> dict[str, str]:
    """The version for the foot of the page."""
    return {"forensics_version": VERSION}
