"""Which companies declared parties stand for, as far as one person may see it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from components.models import Company, Dataset, DeclaredParty

RULE_VERSION = "told-2"  # changes with what the file holds, so that one of an earlier rule is not read


def resolved_companies(datasets: Sequence[Dataset], user: Any) -> Path | None:
    """The file of the declared keys in these datasets that stand for another company, with its key; None: none does.

    A name is resolved when its dataset is imported, and anew when another dataset is hidden, which changes the time of
    its dataset: the file changes with those and with what people have merged. Nobody is told by it of a company that
    no dataset of theirs names.
    """
    from components.lake.companies import companies_file

    shown = Company.objects.visible_to(user).filter(pk=OuterRef("merged_into"))
    # Greater than nothing, and in no order: SQLite looks through all companies otherwise, though few are merged.
    pairs = Company.objects.filter(Exists(shown), merged_into__gt=0).order_by()
    merged = dict(pairs.values_list("party_key", "merged_into__party_key"))
    rests_on = json.dumps(
        [RULE_VERSION, sorted((each.folder, each.updated_at.isoformat()) for each in datasets), merged], sort_keys=True
    )
    name = hashlib.sha256(rests_on.encode()).hexdigest()
    return companies_file(Path(settings.LAKE_ROOT), name, lambda: _pairs(datasets, merged))


def _pairs(datasets: Sequence[Dataset], merged: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Declared keys, each once, with the keys of the companies, which one of the datasets names as well."""
    elsewhere = ~Q(party_key=F("company__party_key")) | Q(company__merged_into__isnull=False)
    parties = DeclaredParty.objects.filter(dataset__in=datasets)
    rows = parties.filter(elsewhere, company__in=parties.naming_themselves().values("company"))
    previous = None
    for declared, company in rows.order_by("party_key").values_list("party_key", "company__party_key").iterator():
        key = merged.get(company, company)
        if declared not in (previous, key):
            yield declared, key
        previous = declared
