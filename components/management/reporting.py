"""What the import commands share: whose account, which mapping, and the report in words."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from components.choices import ImportOutcome
from components.models import ImportMapping

SHOWN_FAULTS = 100


def account(name: str) -> Any:
    """The account of this name, or None for no name. Raises CommandError."""
    if not name:
        return None
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no account {name}.")
    return user


def saved_mapping(format_name: str, name: str) -> dict[str, str]:
    """The columns of a saved mapping; none for no name. Raises CommandError."""
    if not name:
        return {}
    mapping = ImportMapping.objects.filter(format=format_name, name=name).first()
    if mapping is None:
        raise CommandError(f"There is no saved mapping {name} for {format_name}.")
    columns: dict[str, str] = mapping.columns
    return columns


def print_report(command: BaseCommand, report: dict[str, Any]) -> None:
    """What was or would be done, and the first faults."""
    outcomes = ", ".join(f"{report[outcome.value]:,} {outcome}" for outcome in ImportOutcome)
    done = "imported" if report["is_written"] else "nothing written"
    command.stdout.write(f"{report['file']}: {report['rows']:,} rows; {outcomes} ({done})")
    for table, counts in report["records"].items():
        said = ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items())
        command.stdout.write(f"  {table}: {said}")
    for note in report["notes"]:
        command.stdout.write(f"  {note}")
    for left in report.get("not_taken", []):
        command.stdout.write(f"  line {left['line']}, {left['column']} “{left['value']}” not taken: {left['reason']}")
    if report["unused_columns"]:
        command.stdout.write(f"  columns not used, kept with each row: {', '.join(report['unused_columns'])}")
    for fault in report["faults"][:SHOWN_FAULTS]:
        where = f"line {fault['line']}" + (f", {fault['column']}" if fault["column"] else "")
        command.stdout.write(f"  {where}: “{fault['value']}” {fault['reason']}")
    if report["fault_count"] > SHOWN_FAULTS:
        command.stdout.write(f"  … {report['fault_count'] - SHOWN_FAULTS:,} more; --json lists up to 10,000")
