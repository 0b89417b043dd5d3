"""One factory for each table; each makes the plainest row that the table admits."""

from datetime import date, timedelta
from typing import Any

import factory
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from factory.django import DjangoModelFactory

from components import models
from components.choices import Audience, LegKind, LinkBasis, PartRelationKind, PartyRole, Role, Visibility


class UserFactory(DjangoModelFactory):
    """An account; a researcher unless a role is given."""

    class Meta:
        model = models.User
        skip_postgeneration_save = True

    username = factory.Sequence("person{}".format)
    role = Role.RESEARCHER


class ApiTokenFactory(DjangoModelFactory):
    """A token that ends in an hour; `ApiToken.issue` is the way to one whose secret is known."""

    class Meta:
        model = models.ApiToken

    user = factory.SubFactory(UserFactory)
    name = "script"
    digest = factory.Sequence("{:064x}".format)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))


class CountryFactory(DjangoModelFactory):
    """A country; the same code twice gives the same row."""

    class Meta:
        model = models.Country
        django_get_or_create = ("alpha2",)

    alpha2 = factory.Sequence(lambda n: chr(65 + n // 26 % 26) + chr(65 + n % 26))
    alpha3 = factory.LazyAttribute(lambda country: f"{country.alpha2}X")
    name = factory.LazyAttribute(lambda country: f"Country {country.alpha2}")


class HSHeadingFactory(DjangoModelFactory):
    """A heading of the Harmonized System."""

    class Meta:
        model = models.HSHeading

    code = factory.Sequence("{:06d}".format)
    description = "Electronic integrated circuits"
    attribution = "World Customs Organization"


class PriorityItemFactory(DjangoModelFactory):
    """A line of the Common High Priority List."""

    class Meta:
        model = models.PriorityItem

    hs6 = factory.Sequence("{:06d}".format)
    tier = "1"
    description = "Processors and controllers"
    list_version = date(2024, 2, 23)
    attribution = "Bureau of Industry and Security"


class EvidentiaryOriginFactory(DjangoModelFactory):
    """An origin of knowledge."""

    class Meta:
        model = models.EvidentiaryOrigin

    name = factory.Sequence("Origin {}".format)


class SourceFactory(DjangoModelFactory):
    """A published report."""

    class Meta:
        model = models.Source

    title = factory.Sequence("Report {}".format)
    visibility = Visibility.PUBLISHED


class ManufacturerFactory(DjangoModelFactory):
    """A maker without a country."""

    class Meta:
        model = models.Manufacturer

    name = factory.Sequence("Maker {}".format)
    visibility = Visibility.PUBLISHED


class ManufacturerAliasFactory(DjangoModelFactory):
    """Another name of a maker."""

    class Meta:
        model = models.ManufacturerAlias

    manufacturer = factory.SubFactory(ManufacturerFactory)
    name = factory.Sequence("Alias {}".format)


class OwnershipFactory(DjangoModelFactory):
    """One maker owned by another."""

    class Meta:
        model = models.Ownership

    owned = factory.SubFactory(ManufacturerFactory)
    owner = factory.SubFactory(ManufacturerFactory)


class PartCategoryFactory(DjangoModelFactory):
    """A category at the root of the tree."""

    class Meta:
        model = models.PartCategory

    name = factory.Sequence("Category {}".format)


class PartFactory(DjangoModelFactory):
    """A part of some maker."""

    class Meta:
        model = models.Part

    manufacturer = factory.SubFactory(ManufacturerFactory)
    mpn = factory.Sequence("STM32F{}VBT6".format)
    visibility = Visibility.PUBLISHED


class PartRelationFactory(DjangoModelFactory):
    """One part that supersedes another."""

    class Meta:
        model = models.PartRelation

    part = factory.SubFactory(PartFactory)
    other = factory.SubFactory(PartFactory)
    kind = PartRelationKind.SUPERSEDES


class WeaponModelFactory(DjangoModelFactory):
    """A type of weapon."""

    class Meta:
        model = models.WeaponModel

    name = factory.Sequence("Model {}".format)
    visibility = Visibility.PUBLISHED


class WeaponFactory(DjangoModelFactory):
    """A published weapon without a model."""

    class Meta:
        model = models.Weapon

    label = factory.Sequence("Weapon {}".format)
    visibility = Visibility.PUBLISHED


class TeardownFactory(DjangoModelFactory):
    """A published teardown."""

    class Meta:
        model = models.Teardown

    weapon = factory.SubFactory(WeaponFactory)
    examined_by = "Institute"
    visibility = Visibility.PUBLISHED


class AssemblyFactory(DjangoModelFactory):
    """A published assembly."""

    class Meta:
        model = models.Assembly

    weapon = factory.SubFactory(WeaponFactory)
    name = factory.Sequence("Board {}".format)
    visibility = Visibility.PUBLISHED


class ComponentFactory(DjangoModelFactory):
    """A published component that nobody has identified."""

    class Meta:
        model = models.Component

    weapon = factory.SubFactory(WeaponFactory)
    published_name = factory.Sequence("Component {}".format)
    visibility = Visibility.PUBLISHED


class IdentificationFactory(DjangoModelFactory):
    """A published identification by its maker, not the current one."""

    class Meta:
        model = models.Identification

    component = factory.SubFactory(ComponentFactory)
    manufacturer = factory.SubFactory(ManufacturerFactory)
    method = "marking"
    identified_by = "Institute"
    visibility = Visibility.PUBLISHED


class CitedPartyFactory(DjangoModelFactory):
    """A supplier that a source names."""

    class Meta:
        model = models.CitedParty

    component = factory.SubFactory(ComponentFactory)
    name = factory.Sequence("Trading company {}".format)
    role = PartyRole.SUPPLIER


class PhotoFactory(DjangoModelFactory):
    """A published photo of a weapon; there is no file behind it."""

    class Meta:
        model = models.Photo

    weapon = factory.SubFactory(WeaponFactory)
    digest = factory.Sequence("{:064x}".format)
    file_name = "photo.jpg"
    mime = "image/jpeg"
    width = 640
    height = 480
    byte_count = 1000
    visibility = Visibility.PUBLISHED


class CitationFactory(DjangoModelFactory):
    """A citation of a published source for a weapon; give `record` for another record."""

    class Meta:
        model = models.Citation

    class Params:
        record: Any = factory.SubFactory(WeaponFactory)

    source = factory.SubFactory(SourceFactory)
    record_type = factory.LazyAttribute(lambda citation: ContentType.objects.get_for_model(citation.record))
    record_id = factory.LazyAttribute(lambda citation: citation.record.pk)


class ImportBatchFactory(DjangoModelFactory):
    """A committed import by some researcher."""

    class Meta:
        model = models.ImportBatch

    format = "components"
    file_name = "components.csv"
    digest = factory.Sequence("{:064x}".format)
    status = "committed"
    committed_at = factory.LazyFunction(timezone.now)
    created_by = factory.SubFactory(UserFactory)


class DatasetFactory(DjangoModelFactory):
    """A published dataset of shipments, with no file yet."""

    class Meta:
        model = models.Dataset

    title = factory.Sequence("Customs records {}".format)
    source = factory.SubFactory(SourceFactory)
    file_name = "records.csv"
    digest = factory.Sequence("{:064x}".format)
    folder = factory.Sequence("{:032x}".format)
    visibility = Visibility.PUBLISHED


class CompanyFactory(DjangoModelFactory):
    """A company; who may see it depends on the datasets that name it."""

    class Meta:
        model = models.Company

    name = factory.Sequence("Synthetic Trading {}".format)
    party_key = factory.LazyAttribute(lambda company: f"name::{company.name.upper()}")


class DeclaredPartyFactory(DjangoModelFactory):
    """A name that a published dataset declares."""

    class Meta:
        model = models.DeclaredParty

    dataset = factory.SubFactory(DatasetFactory)
    company = factory.SubFactory(CompanyFactory)
    name = factory.LazyAttribute(lambda party: party.company.name)
    party_key = factory.LazyAttribute(lambda party: party.company.party_key)
    exports = 1
    resolved_by = "itself"


class CompanyMatchFactory(DjangoModelFactory):
    """A proposal that two companies, each named by a published dataset, are one."""

    class Meta:
        model = models.CompanyMatch

    first = factory.LazyFunction(lambda: DeclaredPartyFactory().company)
    second = factory.LazyFunction(lambda: DeclaredPartyFactory().company)
    score = 0.9
    reasons = ["the same words"]
    rule_version = "test"


class TradeFlowFactory(DjangoModelFactory):
    """A line of trade statistics in a published dataset."""

    class Meta:
        model = models.TradeFlow

    dataset = factory.SubFactory(DatasetFactory, kind="flows")
    line = factory.Sequence(lambda n: n + 2)
    period = "2021"
    reporter_declared = "Reporter"
    partner_declared = "World"
    flow = "import"
    hs_code = "854231"
    value_usd = 1000.0


class ControlDateFactory(DjangoModelFactory):
    """A day of a control."""

    class Meta:
        model = models.ControlDate

    first_day = date(2022, 2, 24)
    date = "2022-02-24"
    jurisdiction = "US"
    event = factory.Sequence("Rule {}".format)
    attribution = "Federal Register"


class LinkFactory(DjangoModelFactory):
    """A proposed link of a part and a shipment in a published dataset."""

    class Meta:
        model = models.Link

    part = factory.SubFactory(PartFactory)
    manufacturer = factory.LazyAttribute(lambda link: link.part.manufacturer)
    basis = LinkBasis.MATCHED
    dataset = factory.SubFactory(DatasetFactory)
    row_number = factory.Sequence(lambda n: n + 1)
    found = factory.LazyAttribute(lambda link: link.part.mpn)
    score = 0.9
    reasons = "the whole number\nthe maker is declared"
    rule_version = "numbers-1"
    shipped_on = date(2022, 3, 1)
    visibility = Visibility.PUBLISHED


class CoverageFactory(DjangoModelFactory):
    """An assumption of what a published dataset records."""

    class Meta:
        model = models.Coverage

    dataset = factory.SubFactory(DatasetFactory)
    share = 0.5
    basis = "An assumption."


class MilitaryUseFactory(DjangoModelFactory):
    """An assumption about a company that a published dataset names."""

    class Meta:
        model = models.MilitaryUse

    company = factory.LazyFunction(lambda: DeclaredPartyFactory().company)
    share = 0.3
    basis = "An assumption."


class LearningFactory(DjangoModelFactory):
    """What finds taught, for one audience."""

    class Meta:
        model = models.Learning
        django_get_or_create = ("audience", "is_synthetic")

    audience = Audience.PUBLIC
    is_synthetic = False
    new_route_discount = 0.3
    new_route_strength = 1.0
    component_count = 10
    rule_version = "routes-test"
    learned_at = factory.LazyFunction(timezone.now)


class LearnedUseFactory(DjangoModelFactory):
    """What finds say of a company that a published dataset names, told to visitors."""

    class Meta:
        model = models.LearnedUse

    learning = factory.SubFactory(LearningFactory)
    company = factory.LazyFunction(lambda: DeclaredPartyFactory().company)
    share = factory.Sequence(lambda n: 1 / (n + 2))
    strength = 5.0


class RouteParameterFactory(DjangoModelFactory):
    """A number of the model of routes."""

    class Meta:
        model = models.RouteParameter

    name = factory.Sequence("parameter_{}".format)
    value = "0.5"
    source = "An assumption."


class LegFactory(DjangoModelFactory):
    """A published step of a supply chain, stated by a published document."""

    class Meta:
        model = models.Leg

    part = factory.SubFactory(PartFactory)
    kind = LegKind.SOLD
    giver = "Synthetic Maker"
    taker = factory.Sequence("Synthetic Distribution {}".format)
    source = factory.SubFactory(SourceFactory)
    visibility = Visibility.PUBLISHED


class TraceFactory(DjangoModelFactory):
    """What everybody may be told of the supply chains of a part."""

    class Meta:
        model = models.Trace

    audience = Audience.PUBLIC
    part = factory.SubFactory(PartFactory)
    unknown = 0.4
    unknown_low = 0.2
    unknown_high = 0.6
    component_count = 1
    link_count = 1
    digest = factory.Sequence("{:064x}".format)
    rule_version = "test"
    computed_at = factory.LazyFunction(timezone.now)


class RouteFactory(DjangoModelFactory):
    """The likeliest route of a part's trace."""

    class Meta:
        model = models.Route

    trace = factory.SubFactory(TraceFactory)
    rank = factory.Sequence(lambda n: n + 1)
    manufacturer = factory.LazyAttribute(
        lambda route: route.trace.part.manufacturer if route.trace.part else ManufacturerFactory()
    )
    dispatch_country = "HK"
    exporter = factory.LazyFunction(lambda: DeclaredPartyFactory().company)
    importer = factory.LazyFunction(lambda: DeclaredPartyFactory(exports=0, imports=1).company)
    probability = 0.6
    low = 0.4
    high = 0.8
    shipment_count = 1
