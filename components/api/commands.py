"""The bodies of actions that are more than a change of fields."""

from rest_framework import serializers

from components.api import fields
from components.choices import LinkState, Visibility
from components.models import Company, Manufacturer


class Command(serializers.Serializer[object]):
    """Every action may say why; the history keeps it."""

    why = fields.Text(required=False, allow_blank=True, default="", max_length=500, help_text="Kept in the history.")


class NewVisibility(Command):
    """Who is to see a record."""

    to = fields.Choice(choices=Visibility.choices)
    with_contents = fields.Flag(default=False, help_text="Also widen the drafts that it contains.")


class PutBack(Command):
    """Which version is to be restored."""

    version = fields.WholeNumber(min_value=1, max_value=2**63 - 1, help_text="As the history names it.")


class Merge(Command):
    """Into which manufacturer another is merged."""

    into = fields.Link(queryset=Manufacturer.objects.all())


class MergeCompany(Command):
    """Into which company another is merged."""

    into = fields.Link(queryset=Company.objects.all())


class Review(Command):
    """What a person says of a link."""

    state = fields.Choice(choices=LinkState.choices)


class Reason(Command):
    """An action that needs no more than a reason, if any."""
