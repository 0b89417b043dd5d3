"""Rows of every list, for tests that go through all of them."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from components import models
from components.choices import Audience
from components.exports.columns import COLUMNS
from tests import factories

FACTORIES: dict[type[Model], Callable[..., Any]] = {
    factory._meta.model: factory
    for factory in vars(factories).values()
    if isinstance(factory, type) and issubclass(factory, factories.DjangoModelFactory) and factory._meta.model
}
LISTED = list(COLUMNS)


def add(model: type[Model], count: int, /, **values: Any) -> list[Any]:
    """Add rows of a model that everybody may see, as far as the model has such rows."""
    if model is models.Route:  # each audience has its own
        for _ in range(count):
            factories.RouteFactory(trace=factories.TraceFactory(audience=Audience.INSIDE))
    if model is models.LearnedUse:
        inside = factories.LearningFactory(audience=Audience.INSIDE)
        factories.LearnedUseFactory.create_batch(count, learning=inside)
    return [FACTORIES[model](**values) for _ in range(count)]


def full_world() -> dict[str, list[Any]]:
    """Two rows of every list that belong to one another, by the name of the field that would lead to them."""
    weapons = add(models.Weapon, 2, model=factories.WeaponModelFactory(), made_in=factories.CountryFactory())
    source, origin = factories.SourceFactory(), factories.EvidentiaryOriginFactory()
    parts = add(models.Part, 2, category=factories.PartCategoryFactory())
    factories.PartRelationFactory(part=parts[0], other=parts[1])
    factories.OwnershipFactory(owned=parts[0].manufacturer, owner=parts[1].manufacturer)
    factories.ManufacturerAliasFactory(manufacturer=parts[0].manufacturer)
    assembly = factories.AssemblyFactory(weapon=weapons[0])
    teardown = factories.TeardownFactory(weapon=weapons[0])
    component = factories.ComponentFactory(weapon=weapons[0], assembly=assembly, teardown=teardown)
    factories.IdentificationFactory(
        component=component, part=parts[0], manufacturer=parts[0].manufacturer, is_current=True
    )
    factories.CitedPartyFactory(component=component)
    factories.CitationFactory(source=source, record=component)
    factories.PhotoFactory(weapon=None, component=component)
    factories.ImportBatchFactory()
    factories.HSHeadingFactory()
    factories.PriorityItemFactory()
    factories.CompanyMatchFactory()
    factories.TradeFlowFactory()
    factories.ControlDateFactory()
    factories.LinkFactory(part=parts[0])
    factories.CoverageFactory()
    factories.MilitaryUseFactory()
    factories.RouteParameterFactory()
    for audience in Audience:
        factories.LearnedUseFactory(learning__audience=audience)
    factories.LegFactory(part=parts[0], component=component)
    for audience in Audience:
        factories.RouteFactory(trace=factories.TraceFactory(part=parts[0], audience=audience))
    return {
        "weapon": weapons,
        "model": [weapons[0].model],
        "source": [source],
        "origin": [origin],
        "part": parts,
        "other": parts,
        "manufacturer": [part.manufacturer for part in parts],
        "assembly": [assembly],
        "teardown": [teardown],
        "component": [component],
        "country": [weapons[0].made_in],
    }
