"""The tables of rules, entry by entry: what belongs to what, what routes rest on, where a row may stand, what stays."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from components.choices import Audience, LinkBasis, LinkState, Visibility
from components.curation.deleting import delete_record
from components.curation.fit import PLACES, require_fit
from components.curation.inferences import BORNE_BY, LEAST, forget_inferences
from components.curation.permissions import may_delete
from components.curation.putting_back import put_back
from components.curation.visibility import set_visibility
from components.models import (
    Assembly,
    Coverage,
    Dataset,
    Learning,
    Link,
    Photo,
    Trace,
    User,
)
from components.models.visibility import Catalogued, Evidence
from tests import factories
from tests.api.world import FACTORIES

pytestmark = pytest.mark.django_db
# Who sees the dataset of a link sees the link: it is asked for by `Link.objects.visible_to`.
OF_ANOTHER_RULE = {(Link, "dataset")}


def belonging() -> Iterator[tuple[type[Evidence], str, type[Evidence]]]:
    """Every key of evidence that leads to evidence: a row belongs to what it names.

    What it names in the catalogue it uses: that is seen with it, and not the other way round.
    """
    for model in set(Evidence.__subclasses__()) - {Catalogued}:
        for field in model._meta.concrete_fields:
            above: Any = field.related_model
            if not field.is_relation or issubclass(above, Catalogued) or (model, field.name) in OF_ANOTHER_RULE:
                continue
            if issubclass(above, Evidence):
                yield model, field.name, above


def belonging_pair(model: type[Evidence], name: str, above: type[Evidence], visibility: str) -> tuple[Any, Any]:
    """A row and the row it belongs to by this key, both of one visibility."""
    parent = FACTORIES[above](visibility=visibility)
    others: dict[str, Any] = {}
    if model is Photo and name in {"assembly", "component"}:
        others = {"weapon": None}
    if model is Link:
        others = {"dataset": None, "row_number": None, "basis": LinkBasis.DOCUMENT}
    return FACTORIES[model](visibility=visibility, **others | {name: parent}), parent


def test_no_row_is_made_wider_than_a_row_it_belongs_to(editor: User) -> None:
    widened = []

    for model, name, above in belonging():
        row, _ = belonging_pair(model, name, above, Visibility.RESTRICTED)
        try:
            set_visibility(row, to=Visibility.PUBLISHED, user=editor)
        except ValidationError:
            continue
        widened.append(f"{model.__name__}.{name}")

    assert widened == []


def test_what_belongs_to_a_row_is_hidden_with_it(editor: User) -> None:
    left_open = []

    for model, name, above in belonging():
        row, parent = belonging_pair(model, name, above, Visibility.PUBLISHED)
        set_visibility(parent, to=Visibility.RESTRICTED, user=editor)
        row.refresh_from_db()
        if row.visibility != Visibility.RESTRICTED:
            left_open.append(f"{model.__name__}.{name}")

    assert left_open == []


def infer() -> None:
    """Something inferred for each audience, and a link that waits for its review."""
    for audience in Audience:
        factories.TraceFactory(audience=audience)
        factories.LearningFactory(audience=audience)
    factories.LinkFactory(review_value=0.5)


def inferred() -> set[str]:
    """The audiences for which something inferred is left."""
    traced = set(Trace.objects.values_list("audience", flat=True))
    assert set(Learning.objects.values_list("audience", flat=True)) == traced
    assert Link.objects.filter(review_value__gt=0).exists() == (Audience.INSIDE in traced)
    return traced


def bearing() -> list[Any]:
    """One row of each kind that routes are computed from."""
    return [
        factories.ComponentFactory(),
        factories.CoverageFactory(),
        factories.DatasetFactory(),
        factories.IdentificationFactory(),
        factories.LegFactory(component=factories.ComponentFactory()),
        factories.LinkFactory(),
        factories.MilitaryUseFactory(),
        factories.SourceFactory(),
        factories.WeaponFactory(),
    ]


def test_nothing_inferred_outlives_what_it_rests_on() -> None:
    kept = []

    for row in bearing():
        infer()
        forget_inferences([row], to=None)
        if inferred():
            kept.append(type(row).__name__)

    assert kept == []
    assert {*BORNE_BY} <= {type(row) for row in bearing()}


@pytest.mark.parametrize(
    ("to", "left"), [("published", {"public", "inside"}), ("restricted", {"inside"}), ("draft", set())]
)
def test_each_audience_forgets_what_it_may_no_longer_see(to: str, left: set[str]) -> None:
    infer()

    forget_inferences([factories.SourceFactory()], to=to)

    assert inferred() == left
    assert set(LEAST) == set(Audience)


def test_deleted_coverage_leaves_its_dataset_and_nothing_inferred(editor: User, researcher: User) -> None:
    coverage = factories.CoverageFactory(created_by=researcher)
    pk, dataset = coverage.pk, coverage.dataset
    infer()

    delete_record(coverage, user=editor, why="a guess")

    deleted = Coverage.history.filter(id=pk).latest()
    assert (inferred(), Coverage.objects.exists()) == (set(), False)
    assert (deleted.history_type, deleted.history_user, deleted.history_change_reason) == ("-", editor, "a guess")
    assert Dataset.objects.filter(pk=dataset.pk).exists()


def test_coverage_is_deleted_by_editors_only(editor: User, researcher: User, visitor: Any) -> None:
    coverage = factories.CoverageFactory(created_by=researcher)

    assert [may_delete(person, coverage) for person in (editor, researcher, visitor)] == [True, False, False]


def moved_teardown() -> Any:
    teardown = factories.TeardownFactory()
    factories.ComponentFactory(weapon=teardown.weapon, teardown=teardown)
    teardown.weapon = factories.WeaponFactory()
    return teardown


def moved_assembly(*, with_component: bool) -> Any:
    assembly = factories.AssemblyFactory()
    if with_component:
        factories.ComponentFactory(weapon=assembly.weapon, assembly=assembly)
    else:
        factories.AssemblyFactory(weapon=assembly.weapon, parent=assembly)
    assembly.weapon = factories.WeaponFactory()
    return assembly


def within_itself(factory: Callable[..., Any]) -> Any:
    row = factory()
    below = factory(parent=row, **({"weapon": row.weapon} if isinstance(row, Assembly) else {}))
    row.parent = below
    return row


# A row that does not belong where it is put, and the field that is to be mended.
MISPLACED: dict[str, tuple[Callable[[], Any], str]] = {
    "a latitude alone": (lambda: factories.WeaponFactory.build(latitude="48.5"), "latitude"),
    "a longitude alone": (lambda: factories.WeaponFactory.build(longitude="37.5"), "latitude"),
    "a teardown of another weapon": (
        lambda: factories.ComponentFactory(teardown=factories.TeardownFactory()),
        "teardown",
    ),
    "an assembly of another weapon": (
        lambda: factories.ComponentFactory(assembly=factories.AssemblyFactory()),
        "assembly",
    ),
    "a teardown moved from its components": (moved_teardown, "weapon"),
    "an assembly within one of another weapon": (
        lambda: factories.AssemblyFactory(parent=factories.AssemblyFactory()),
        "parent",
    ),
    "an assembly within itself": (lambda: within_itself(factories.AssemblyFactory), "parent"),
    "an assembly moved from its components": (lambda: moved_assembly(with_component=True), "weapon"),
    "an assembly moved from its nested ones": (lambda: moved_assembly(with_component=False), "weapon"),
    "a category below itself": (lambda: within_itself(factories.PartCategoryFactory), "parent"),
}


def test_row_is_put_where_it_belongs() -> None:
    refused, models = {}, set()

    for what, (make, _) in MISPLACED.items():
        row = make()
        models.add(type(row))
        try:
            require_fit(row)
        except ValidationError as problem:
            refused[what] = [*problem.message_dict]

    assert refused == {what: [field] for what, (_, field) in MISPLACED.items()}
    assert set(PLACES) <= models


def test_putting_back_leaves_what_other_rules_decide(editor: User, colleague: User) -> None:
    batch, now = factories.ImportBatchFactory(), timezone.now()
    audit = {"created_by": colleague, "created_at": now, "import_batch": batch}
    review = {"state": LinkState.REJECTED, "reviewed_by": colleague, "reviewed_at": now, "review_note": "a board"}
    decided: list[tuple[Any, dict[str, Any]]] = [
        (factories.WeaponFactory(), {"visibility": Visibility.DRAFT, **audit}),
        (factories.IdentificationFactory(), {"is_current": True}),
        (factories.ManufacturerFactory(), {"merged_into": factories.ManufacturerFactory()}),
        (factories.LinkFactory(), {**review, "review_value": 0.5}),
    ]
    changed = []

    for row, values in decided:
        version = row.history.earliest()
        for name, value in values.items():
            setattr(version, name, value)
        put_back(version, user=editor)
        after = type(row)._default_manager.get(pk=row.pk)
        changed += [f"{type(row).__name__}.{name}" for name in values if getattr(after, name) != getattr(row, name)]

    assert changed == []
