"""What a company is called and which names stand for it, when it changes who may see the datasets that name it.

A company is known to those who may see a dataset that names it as it is: by its tax number, or its own name and
country. It must not be called, and no other name may be taken for it, as only a dataset says that is hidden from them.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from simple_history.utils import bulk_create_with_history

from components.choices import LinkState
from components.curation.companies import NAME_LENGTH, Declared, new_company, one_at_a_time
from components.curation.inferences import forget_everything
from components.models import Company, Dataset, DeclaredParty, Link, LinkBuild
from components.models.curated import stamp
from components.models.visibility import BREADTH

RENAMED, PARTED = "called as those who may see it know it", "its name was resolved anew"
AT_ONCE = 2_000  # rows in one question


def companies_named_by(datasets: Collection[Dataset]) -> set[int]:
    """The companies that these datasets name as they are."""
    named = DeclaredParty.objects.naming_themselves().filter(dataset__in=datasets).order_by()
    return set(named.values_list("company_id", flat=True).distinct())


@transaction.atomic
def name_as_told(companies: Iterable[int], *, user: Any) -> None:
    """Call each company as that dataset does which most people may see, of those that name it as it is.

    Published before restricted before draft, then the first, as it does most often. What a person has given as name
    or country stays, and so does the name of a company that no dataset names.
    """
    ids = sorted(companies)
    for start in range(0, len(ids), AT_ONCE):
        _rename(ids[start : start + AT_ONCE], user)


def _rename(ids: Sequence[int], user: Any) -> None:
    named = DeclaredParty.objects.naming_themselves().filter(company__in=ids).exclude(name="")
    told: dict[int, tuple[str, str | None]] = {}
    widest = named.order_by("company", -_breadth(), "dataset", -(F("exports") + F("imports")), "pk")
    for pk, name, country in widest.values_list("company_id", "name", "country_code").iterator():
        told.setdefault(pk, (name[:NAME_LENGTH], country or None))
    standing = Company.objects.in_bulk(list(told))
    other = [pk for pk, company in standing.items() if (company.name, company.country_id) != told[pk]]
    for pk in sorted({*other} - _given_by_people(other)):
        company = standing[pk]
        company.name, company.country_id = told[pk]
        stamp(company, user=user, why=RENAMED)
        company.save()


def _breadth() -> Case:
    """How many may see a declared party's dataset."""
    ranks = (When(dataset__visibility=name, then=Value(rank)) for name, rank in BREADTH.items())
    return Case(*ranks, default=Value(-1), output_field=IntegerField())


def _given_by_people(ids: Sequence[int]) -> set[int]:
    """The companies whose name or country somebody changed."""
    found: set[int] = set()
    before: dict[int, tuple[Any, ...]] = {}
    versions = Company.history.filter(id__in=ids).order_by("history_date", "history_id")
    for pk, why, *now in versions.values_list("id", "history_change_reason", "name", "country_id"):
        if before.get(pk, tuple(now)) != tuple(now) and why != RENAMED:
            found.add(pk)
        before[pk] = tuple(now)
    return found


@transaction.atomic
def part_names(*, user: Any, now: datetime) -> None:
    """Give names a company of their own that were taken for one by likeness and may be no longer; their links follow.

    They may be where a published dataset, or their own, names the company as it is: when the dataset that did is hidden
    or goes, the company would tell of it, and without a company the name would be lost among those not stated.
    """
    one_at_a_time()
    own = DeclaredParty.objects.naming_themselves().filter(company=OuterRef("company"))
    may_be = own.filter(Q(dataset=OuterRef("dataset")) | Q(dataset__in=Dataset.objects.visible_to(None)))
    taken = DeclaredParty.objects.exclude(party_key=F("company__party_key")).filter(~Exists(may_be))
    parties = list(taken.select_related("dataset").order_by(-_breadth(), "pk"))
    if not parties:
        return
    company = _companies_of(parties, user=user, now=now)
    if _give_links(parties, company, user=user):
        forget_everything()
    for party in parties:
        party.company, party.resolved_by = company[party.party_key], "itself"
    DeclaredParty.objects.bulk_update(parties, ["company", "resolved_by"], batch_size=500)
    datasets = {party.dataset_id for party in parties}
    Dataset.objects.filter(pk__in=datasets).update(updated_at=now)  # what rests on how their names are resolved
    # A search for links that is under way knows the companies of before: another goes on where it stops.
    LinkBuild.objects.filter(dataset__in=datasets, finished_at=None).update(token=secrets.token_hex(16))
    name_as_told({each.pk for each in company.values()}, user=user)


def _companies_of(parties: Sequence[DeclaredParty], *, user: Any, now: datetime) -> dict[str, Company]:
    """The company of each declared key: one that is there already, or a new one."""
    keys = sorted({party.party_key for party in parties})
    found: dict[str, Company] = {}
    for start in range(0, len(keys), AT_ONCE):
        found |= Company.objects.in_bulk(keys[start : start + AT_ONCE], field_name="party_key")
    new: dict[str, Company] = {}
    for party in parties:
        if party.party_key not in found and party.party_key not in new:
            declared = Declared(party.party_key, party.name, party.country_code, party.tax_number, 0, 0)
            new[party.party_key] = new_company(declared, is_synthetic=party.dataset.is_synthetic, now=now)
    if new:
        bulk_create_with_history(
            list(new.values()), Company, batch_size=500, default_user=user, default_change_reason=PARTED
        )
    return found | new


def _give_links(parties: Sequence[DeclaredParty], company: dict[str, Company], *, user: Any) -> bool:
    """Let the links of these names lead to their companies, those that people reviewed with a word; whether any did."""
    has_any = False
    for role in ("exporter", "importer"):
        linked = _linked(parties, role)
        for party in parties:
            if (party.dataset_id, party.company_id) not in linked:
                continue
            named = {role: party.company_id, f"{role}_name": party.name.replace("\0", "")}
            links = Link.objects.filter(dataset=party.dataset_id, **named)
            for link in links.exclude(state=LinkState.PROPOSED).select_for_update():
                setattr(link, role, company[party.party_key])
                stamp(link, user=user, why=PARTED)
                link.save(update_fields=[role, "updated_at"])
            links.update(**{role: company[party.party_key]})
            has_any = True
    return has_any


def _linked(parties: Sequence[DeclaredParty], role: str) -> set[tuple[int | None, int | None]]:
    """The datasets and companies of which any link is."""
    ids, datasets = sorted({party.company_id for party in parties}), {party.dataset_id for party in parties}
    found: set[tuple[int | None, int | None]] = set()
    for start in range(0, len(ids), AT_ONCE):
        links = Link.objects.filter(dataset__in=datasets, **{f"{role}__in": ids[start : start + AT_ONCE]}).order_by()
        found |= set(links.values_list("dataset_id", f"{role}_id").distinct())
    return found
