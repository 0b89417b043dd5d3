"""Undoing an import whole: what it added goes, what it changed is put back, what people did since is never lost."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, OuterRef, Q, Subquery

from components.choices import ImportStatus
from components.curation.bulk import record_history
from components.curation.inferences import forget_everything
from components.curation.links import drop_proposals
from components.curation.permissions import may_publish, require
from components.curation.putting_back import fields_put_back
from components.intake.session import change_reason
from components.intake.trade.datasets import undo_shipments
from components.intake.trade.formats import TRADE_FORMATS
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Component,
    EvidentiaryOrigin,
    Identification,
    ImportBatch,
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
    Photo,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)
from components.models.curated import Curated, stamp
from components.models.provenance import citable_types

# Contents before what contains them, so that no row is deleted while another still names it.
IMPORTED: tuple[type[Curated], ...] = (
    Citation,
    CitedParty,
    Photo,
    Identification,
    Component,
    Assembly,
    Teardown,
    Weapon,
    WeaponModel,
    PartRelation,
    Part,
    PartCategory,
    Ownership,
    ManufacturerAlias,
    Manufacturer,
    Source,
    EvidentiaryOrigin,
)
NAMED_BLOCKERS = 20


class CannotUndo(ValueError):
    """Something done since depends on the import; `blockers` says what, in words."""

    def __init__(self, blockers: list[str]):
        super().__init__("The import cannot be undone: " + "; ".join(blockers[:NAMED_BLOCKERS]))
        self.blockers = blockers


@transaction.atomic
def undo_batch(batch: ImportBatch, *, user: Any, now: datetime) -> ImportBatch:
    """Take back everything an import did. Raises CannotUndo naming what stands in the way, PermissionDenied."""
    require(may_publish(user), "undo imports")
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.status != ImportStatus.COMMITTED:
        raise CannotUndo([f"it was never committed or is undone already (it is {batch.status})"])
    if batch.format in TRADE_FORMATS:
        undo_shipments(batch, user=user, now=now)
        return _undone(batch, now)
    drop_proposals(Q(part__import_batch=batch) | Q(part=None, manufacturer__import_batch=batch))
    blockers = [blocker for model in IMPORTED for blocker in _blockers(model, batch)]
    if blockers:
        raise CannotUndo(blockers)
    forget_everything()
    for model in IMPORTED:
        _put_changes_back(model, batch, user)
    for model in IMPORTED:
        _delete(model, batch, user=user, now=now)
    return _undone(batch, now)


def _undone(batch: ImportBatch, now: datetime) -> ImportBatch:
    batch.status, batch.undone_at = ImportStatus.UNDONE, now
    batch.save()
    return batch


def _blockers(model: type[Curated], batch: ImportBatch) -> list[str]:
    """What people or other imports did to the rows an import added or changed."""
    found = []
    added = model._default_manager.filter(import_batch=batch)
    history = model.history.model.objects
    why = change_reason(batch)
    # By the order of the history, not by its clock: the import names its time when it begins, by its own clock.
    own = history.filter(history_change_reason=why)
    newest = own.filter(id=OuterRef("id")).order_by("-history_id").values("history_id")[:1]
    later_than_own = history.filter(id__in=own.values("id"), history_id__gt=Subquery(newest))
    edited = later_than_own.exclude(history_change_reason=why)
    later = edited.values_list("id", flat=True).distinct().order_by("id")
    found += [f"{model._meta.verbose_name} {row_id} was edited since" for row_id in later[:NAMED_BLOCKERS]]
    for relation in model._meta.related_objects:
        other = relation.related_model
        if issubclass(other, Curated) and relation.field.name != "import_batch":
            link = relation.field.name
            since = other._default_manager.filter(**{f"{link}__in": added}).exclude(import_batch=batch)
            found += [
                f"{other._meta.verbose_name} {row.pk} added since belongs to "
                f"{model._meta.verbose_name} {getattr(row, link + '_id')}"
                for row in since[:NAMED_BLOCKERS]
            ]
    record_type = {each: kind for kind, each in citable_types().items()}.get(model)
    if record_type is not None:
        cited = Citation.objects.filter(record_type=record_type, record_id__in=added.values("pk"))
        found += [
            f"citation {row.pk} added since supports {model._meta.verbose_name} {row.record_id}"
            for row in cited.exclude(import_batch=batch)[:NAMED_BLOCKERS]
        ]
    return found


def _put_changes_back(model: type[Curated], batch: ImportBatch, user: Any) -> None:
    """Give rows that the import changed, but did not add, the values they had before."""
    history = model.history.model.objects
    changes = history.filter(history_change_reason=change_reason(batch), history_type="~").order_by("history_id")
    first: dict[int, Any] = {}
    for version in changes.exclude(import_batch_id=batch.pk):
        first.setdefault(version.id, version)
    for row_id, version in first.items():
        before = version.prev_record
        row = model._default_manager.filter(pk=row_id).first()
        if before is None or row is None:
            continue
        for name in [*fields_put_back(model), "is_current"]:
            if hasattr(before, name):
                attname = str(model._meta.get_field(name).attname)  # type: ignore[union-attr]
                setattr(row, attname, getattr(before, attname))
        stamp(row, user=user, why=f"undone: {change_reason(batch)}")
        row.save()


def _delete(model: type[Curated], batch: ImportBatch, *, user: Any, now: datetime) -> None:
    """Delete what the import added, with its history, in two statements."""
    added = model._default_manager.filter(import_batch=batch)
    ids = added.aggregate(first=Min("pk"), last=Max("pk"))
    if ids["first"] is None:
        return
    record_history(
        model,
        first_id=ids["first"],
        last_id=ids["last"],
        batch_id=batch.pk,
        user_id=user.pk,
        now=now,
        why=f"undone: {change_reason(batch)}",
        change="-",
    )
    added._raw_delete(added.db)
