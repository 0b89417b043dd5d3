"""Whom declared names stand for: resolution at import, proposals of matches, their review, merge and un-merge."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from components.choices import MatchState
from components.curation.bulk import insert_instances, insert_rows, record_history, reserve_ids
from components.curation.merging import merge_rows, unmerge_row
from components.curation.permissions import may_add, may_publish, require
from components.models import Company, CompanyMatch, Dataset, DeclaredParty
from components.models.trade import NAME_KEY_LENGTH
from components.normalise.companies import company_key

RULE_VERSION = "names-1"
TAX_PREFIX = "tax:"
RESOLVING = 7_319_001  # the key of the lock
NAME_LENGTH, TAX_LENGTH = 400, 20
DECLARED_COLUMNS = (
    "dataset_id", "party_key", "name", "country_code", "tax_number", "exports", "imports", "company_id", "resolved_by",
)  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """A name as a dataset declares it, with how often it exports and imports there."""

    party_key: str
    name: str
    country: str
    tax_number: str
    exports: int
    imports: int

    @cached_property
    def name_key(self) -> str:
        """What its name is compared by. Most of the work of resolving: ask for it before a transaction begins."""
        return company_key(self.name)[:NAME_KEY_LENGTH]


@dataclass(frozen=True)
class _Resolved:
    company: Company
    by: str


def resolve_parties(
    dataset: Dataset, declared: Sequence[Declared], *, batch_id: int, user: Any, now: datetime, why: str
) -> dict[str, int]:
    """Store the declared names of a new dataset, each pointing to a company; companies that are new are added.

    By tax number; then, for a name without one, by normalised name and country where exactly one company has them, if a
    published dataset or this one names it: another would show by its name and number what its dataset hides. All
    else is a company of its own until a person confirms a match. Returns how many names were resolved by what.
    """
    one_at_a_time()
    known = _Known()
    new: list[Company] = []
    resolved: dict[str, _Resolved] = {}
    for party in sorted(
        declared, key=lambda each: (not each.party_key.startswith(TAX_PREFIX), -each.exports - each.imports)
    ):
        if party.party_key not in resolved:
            found = known.find(party)
            if found is None:
                found = _Resolved(new_company(party, is_synthetic=dataset.is_synthetic, now=now), "itself")
                new.append(found.company)
                known.add(found.company)
            resolved[party.party_key] = found
    _insert(new, batch_id=batch_id, user=user, now=now, why=why)
    rows = (_declared_row(dataset, party, resolved[party.party_key]) for party in declared)
    insert_rows(DeclaredParty, DECLARED_COLUMNS, rows)
    return dict(Counter(resolved[party.party_key].by for party in declared))


def one_at_a_time() -> None:
    """Until the transaction ends, nobody else resolves names or hides what told one; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RESOLVING])


def _declared_row(dataset: Dataset, party: Declared, resolved: _Resolved) -> tuple[Any, ...]:
    """In the order of DECLARED_COLUMNS."""
    return (
        dataset.pk,
        party.party_key,
        party.name,
        party.country,
        party.tax_number,
        party.exports,
        party.imports,
        resolved.company.pk,
        resolved.by,
    )


class _Known:
    """The companies that are there, by what a party may be resolved by."""

    def __init__(self) -> None:
        self.by_key: dict[str, Company] = {}
        self.by_name: dict[tuple[str, str], list[Company]] = defaultdict(list)
        declared = DeclaredParty.objects.order_by()
        own = declared.visible_to(None).naming_themselves()
        self.told = set(own.values_list("party_key", flat=True))  # the keys of companies that everybody may know
        for company in Company.objects.only("party_key", "name_key", "country"):
            self._add(company)
        others = declared.visible_to(None).filter(company__party_key__in=own.values("party_key"))
        companies = {company.pk: company for company in self.by_key.values()}
        for key, company_id in others.values_list("party_key", "company_id").distinct().iterator():
            self.by_key.setdefault(key, companies[company_id])

    def add(self, company: Company) -> None:
        """A company that the dataset at hand names."""
        self.told.add(company.party_key)
        self._add(company)

    def _add(self, company: Company) -> None:
        self.by_key[company.party_key] = company
        self.by_name[company.name_key, company.country_id or ""].append(company)

    def find(self, party: Declared) -> _Resolved | None:
        key = party.party_key
        if key in self.by_key:
            company = self.by_key[key]
            if company.party_key == key and key not in self.told:
                return _Resolved(company, "itself")  # who else names it is not told
            return _Resolved(company, "tax number" if key.startswith(TAX_PREFIX) else "same name")
        if key.startswith(TAX_PREFIX):
            return None  # two tax numbers are two companies, whatever their names
        alike = self.by_name[party.name_key, party.country]
        is_told = len(alike) == 1 and alike[0].party_key in self.told
        return _Resolved(alike[0], "normalised name") if is_told else None


def new_company(party: Declared, *, is_synthetic: bool, now: datetime) -> Company:
    """A company of its own for a declared name, not stored."""
    tax = party.party_key.removeprefix(TAX_PREFIX) if party.party_key.startswith(TAX_PREFIX) else ""
    name = (party.name or tax)[:NAME_LENGTH]
    return Company(
        name=name,
        name_key=company_key(name)[:NAME_KEY_LENGTH],
        country_id=party.country or None,
        tax_number=tax[:TAX_LENGTH],
        party_key=party.party_key,
        is_synthetic=is_synthetic,
        created_at=now,
    )


def _insert(companies: list[Company], *, batch_id: int, user: Any, now: datetime, why: str) -> None:
    if not companies:
        return
    user_id = getattr(user, "pk", None)
    for company, pk in zip(companies, reserve_ids(Company, len(companies)), strict=True):
        company.pk = pk
    insert_instances(companies, batch_id=batch_id, user_id=user_id)
    record_history(
        Company,
        first_id=companies[0].pk,
        last_id=companies[-1].pk,
        batch_id=batch_id,
        user_id=user_id,
        now=now,
        why=why,
    )


@transaction.atomic
def propose_matches(*, user: Any = None, most: int = 100_000) -> dict[str, int]:
    """Compare the standing companies by name and propose pairs; what a person has reviewed stays as it is.

    Proposals that the rule no longer makes are deleted. Raises PermissionDenied.
    """
    from components.normalise.companies import close_names

    if user is not None:
        require(may_add(user), "propose matches")
    companies = list(Company.objects.standing().order_by("pk"))
    reviewed = set(CompanyMatch.objects.exclude(state=MatchState.PROPOSED).values_list("first_id", "second_id"))
    CompanyMatch.objects.filter(state=MatchState.PROPOSED).delete()
    rows = []
    for one, other, likeness in close_names([company.name for company in companies]):
        first, second = sorted((companies[one], companies[other]), key=lambda company: company.pk)
        if (first.pk, second.pk) in reviewed or not _may_be_one(first, second):
            continue
        rows.append(
            CompanyMatch(
                first=first,
                second=second,
                score=likeness.score,
                reasons=[*likeness.reasons, *_further_reason(first, second)],
                rule_version=RULE_VERSION,
            )
        )
        if len(rows) == most:
            break
    CompanyMatch.objects.bulk_create(rows, batch_size=2_000)
    return {"companies": len(companies), "proposed": len(rows), "reviewed": len(reviewed)}


def _further_reason(first: Company, second: Company) -> list[str]:
    """What nomenklatura says of the pair, where it is installed."""
    from components.normalise.companies import second_opinion

    opinion = second_opinion(first.name, second.name)
    return [] if opinion is None else [f"{opinion[0]}: {opinion[1]:.2f}"]


def _may_be_one(first: Company, second: Company) -> bool:
    """Companies of two countries, or with two tax numbers, are proposed by no name."""
    if first.country_id and second.country_id and first.country_id != second.country_id:
        return False
    return not (first.tax_number and second.tax_number and first.tax_number != second.tax_number)


@transaction.atomic
def review_match(match: CompanyMatch, *, is_same: bool, user: Any, now: datetime) -> CompanyMatch:
    """Confirm a proposal, which merges the second company into the first, or reject it for good.

    Raises PermissionDenied, and ValidationError where it was reviewed already.
    """
    require(may_publish(user), "review matches of companies")
    match = CompanyMatch.objects.select_for_update().get(pk=match.pk)
    if match.state != MatchState.PROPOSED:
        raise ValidationError(f"This match was {match.state} already.")
    if is_same:
        merge_companies(match.second, winner=match.first, user=user, why="; ".join(match.reasons))
    match.state = MatchState.CONFIRMED if is_same else MatchState.REJECTED
    match.reviewed_by, match.reviewed_at = user, now
    match.save()
    return match


def merge_companies(loser: Company, *, winner: Company, user: Any, why: str = "") -> Company:
    """Make `loser` lead to `winner`; its declared names stay with it. Raises PermissionDenied, ValidationError."""
    require(may_publish(user), "merge companies")
    return merge_rows(loser, winner=winner, user=user, why=why)


@transaction.atomic
def unmerge_company(loser: Company, *, user: Any, why: str = "") -> Company:
    """Let a merged company stand on its own again, and its match be proposed anew. Raises as `merge_companies`."""
    require(may_publish(user), "un-merge companies")
    restored = unmerge_row(loser, user=user, why=why)
    CompanyMatch.objects.filter(state=MatchState.CONFIRMED, second=loser).delete()
    return restored
