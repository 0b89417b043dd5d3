"""Links under review: a person's word stands above every rule, and can be changed."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from components.choices import LinkBasis, LinkGrade, LinkState
from components.curation.inferences import forget_inferences
from components.curation.permissions import may_publish, require
from components.models import Dataset, Link
from components.models.curated import stamp
from components.models.visibility import narrower

INSTEAD = "Where a document tells what the goods are, add the link that it states."
LEAST_CHANGE = 1e-6  # of a bit
ASKED_AT_ONCE = 5_000  # keys in one question


@transaction.atomic
def review_link(link: Link, *, state: str, user: Any, now: datetime, why: str = "") -> Link:
    """Confirm a link, reject it, leave it undecided, or take such a word back (proposed).

    Raises PermissionDenied, and ValidationError for a state that is none, or to confirm what names nothing.
    """
    require(may_publish(user), "review links")
    if state not in LinkState.values:
        raise ValidationError({"state": f"Expected one of {', '.join(LinkState.values)}."})
    link = Link.objects.select_for_update().get(pk=link.pk)
    if state == LinkState.CONFIRMED and link.grade == LinkGrade.HS:
        raise ValidationError({"state": f"It names nothing but an HS code: there is nothing to confirm. {INSTEAD}"})
    is_open = state == LinkState.PROPOSED
    link.state, link.review_note = state, "" if is_open else why
    link.reviewed_by, link.reviewed_at = (None, None) if is_open else (user, now)
    stamp(link, user=user, why=why or state)
    link.save()
    return link


def check_link(link: Link) -> None:
    """Take the maker from the part; raise ValidationError where the two disagree or neither is named.

    Neither is a link changed under the word of the person who reviewed it. One of an HS code names neither, by rule.
    """
    if link.pk is not None and link.state != LinkState.PROPOSED:
        raise ValidationError(f"It is {link.state} as it stands: take the review back first.")
    part, maker = link.part, link.manufacturer
    if link.grade == LinkGrade.HS:
        if link.basis == LinkBasis.DOCUMENT or part is not None or maker is not None:
            raise ValidationError({"grade": "What names a part or its maker, as a document does, is of another grade."})
        return
    if part is None and maker is None:
        raise ValidationError({"manufacturer": "Name a part or at least a manufacturer."})
    if part is not None:
        if maker is not None and maker.pk != part.manufacturer_id:
            raise ValidationError({"manufacturer": f"{part.mpn} is made by {part.manufacturer}, not by {maker}."})
        link.manufacturer = part.manufacturer
    if link.basis == LinkBasis.DOCUMENT and link.source_id is None:
        raise ValidationError({"source": "Name the document that states it."})


def verdicts(links: QuerySet[Link]) -> dict[tuple[str, str], tuple[int, int]]:
    """How many of these links that a rule found were confirmed and how many rejected, by grade and evidence."""
    judged = links.filter(basis=LinkBasis.MATCHED).filter(state__in=[LinkState.CONFIRMED, LinkState.REJECTED])
    found: dict[tuple[str, str], tuple[int, int]] = {}
    counted = judged.order_by().values_list("grade", "evidence", "state").annotate(n=Count("pk"))
    for grade, evidence, state, count in counted:
        yes, no = found.get((grade, evidence), (0, 0))
        found[grade, evidence] = (yes + count, no) if state == LinkState.CONFIRMED else (yes, no + count)
    return found


@transaction.atomic
def keep_review_values(values: Mapping[int, float]) -> None:
    """Say of links how many bits a review of each may tell; nobody's word, so that the history is not told of it."""
    ids = sorted(values)
    stored: dict[int, float] = {}
    for start in range(0, len(ids), ASKED_AT_ONCE):
        asked = Link.objects.filter(pk__in=ids[start : start + ASKED_AT_ONCE])
        stored |= dict(asked.values_list("pk", "review_value"))
    changed = [(values[pk], pk) for pk, before in stored.items() if abs(values[pk] - before) > LEAST_CHANGE]
    table = connection.ops.quote_name(Link._meta.db_table)
    with connection.cursor() as cursor:  # thousands of figures: building as many rows would take ten times as long
        cursor.executemany(f"UPDATE {table} SET review_value = %s WHERE id = %s", changed)


def drop_review_values(parts: Collection[int], *, is_synthetic: bool) -> None:
    """A review of a link whose part is found in no weapon that is traced tells nothing any more."""
    valued = Link.objects.filter(review_value__gt=0, is_synthetic=is_synthetic)
    idle = set(valued.order_by().values_list("part", flat=True).distinct()) - set(parts) - {None}
    if idle:
        valued.filter(part__in=idle).update(review_value=0.0)


def drop_proposals(rows: Q) -> None:
    """Forget the links found by rule that nobody has reviewed, of some parts or makers: they can be found anew."""
    proposed = Link.objects.filter(rows).matched().proposed()
    proposed._raw_delete(proposed.db)


def take_back_links(dataset: Dataset) -> None:
    """Give a dataset whose file was held before the links that people reviewed then."""
    for link in Link.objects.filter(dataset=None, file_digest=dataset.digest).exclude(row_number=None).iterator():
        link.dataset, link.file_digest, link.source = dataset, "", None
        stamp(link, user=None, why=f"the dataset “{dataset.title}” was imported again")
        link.save()


def release_links(dataset: Dataset) -> None:
    """Before a dataset goes: its proposals go with it; what people have reviewed stays, seen as the dataset was."""
    forget_inferences([dataset], to=None)
    proposed = Link.objects.filter(dataset=dataset).matched().proposed()
    proposed._raw_delete(proposed.db)
    for link in Link.objects.filter(dataset=dataset).iterator():
        link.visibility, link.dataset = narrower(dataset.visibility, dataset.source.visibility), None
        link.source, link.file_digest = link.source or dataset.source, dataset.digest
        link.place = link.place or f"{dataset.title}, row {link.row_number}"[:500]
        stamp(link, user=None, why=f"the dataset “{dataset.title}” was taken back")
        link.save()
