"""Every closed list of values the tables use, in the field's own words."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What an account may do; a person without an account is a visitor."""

    VISITOR = "visitor", "Visitor"
    RESEARCHER = "researcher", "Researcher"
    EDITOR = "editor", "Editor"
    ADMINISTRATOR = "administrator", "Administrator"


class Visibility(TextChoices):
    """Who may see an evidence row, from the narrowest to the widest."""

    DRAFT = "draft", "Draft"
    RESTRICTED = "restricted", "Restricted"
    PUBLISHED = "published", "Published"


class MarkingState(TextChoices):
    """What could be read on the package."""

    READ = "read", "Read"
    PARTLY_LEGIBLE = "partly legible", "Partly legible"
    ILLEGIBLE = "illegible", "Illegible"
    REMOVED = "removed", "Removed"
    UNMARKED = "unmarked", "Unmarked"
    NOT_INSPECTED = "not inspected", "Not inspected"
    NOT_STATED = "not stated", "Not stated by the source"


class WeaponKind(TextChoices):
    """The kind of a weapon model."""

    BALLISTIC_MISSILE = "ballistic missile", "Ballistic missile"
    CRUISE_MISSILE = "cruise missile", "Cruise missile"
    GUIDED_MISSILE = "guided missile", "Guided missile"
    LOITERING_MUNITION = "loitering munition", "Loitering munition"
    UAV = "uav", "Uncrewed aerial vehicle"
    GUIDED_ROCKET = "guided rocket", "Guided rocket or projectile"
    GLIDE_KIT = "glide kit", "Glide kit"
    HELICOPTER = "helicopter", "Helicopter"
    VEHICLE = "vehicle", "Ground vehicle"
    RADIO = "radio", "Radio or command equipment"
    ELECTRONIC_WARFARE = "electronic warfare", "Electronic warfare equipment"
    NAVIGATION = "navigation", "Navigation equipment"
    RADAR = "radar", "Radar"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Not determined"


class Authenticity(TextChoices):
    """Whether the component is what its marking says."""

    NOT_EXAMINED = "not examined", "Not examined"
    GENUINE = "genuine", "Genuine"
    SUSPECT = "suspect", "Suspect"
    COUNTERFEIT = "counterfeit", "Counterfeit"
    REMARKED = "remarked", "Re-marked"


class IdentificationMethod(TextChoices):
    """How somebody came to say what a component is."""

    PUBLISHED = "published", "As published by the source"
    MARKING = "marking", "Read from the marking"
    LOGO = "logo", "Maker's logo"
    DATASHEET = "datasheet", "Compared with the datasheet"
    XRAY = "x-ray", "X-ray or decapsulation"
    ELECTRICAL = "electrical", "Electrical test"
    CONTEXT = "context", "Circuit context"
    MANUFACTURER = "manufacturer", "Confirmed by the manufacturer"
    OTHER = "other", "Other"


class Confidence(TextChoices):
    """How sure the person or the source is."""

    CONFIRMED = "confirmed", "Confirmed"
    PROBABLE = "probable", "Probable"
    POSSIBLE = "possible", "Possible"
    DOUBTFUL = "doubtful", "Doubtful"
    NOT_STATED = "not stated", "Not stated"


class SourceKind(TextChoices):
    """What sort of thing a source is."""

    REPORT = "report", "Report or study"
    PORTAL = "portal", "Public database or portal"
    NEWS = "news", "News article"
    TEARDOWN = "teardown", "Teardown record"
    DOCUMENT = "document", "Document"
    DATASET = "dataset", "Data set"
    DATASHEET = "datasheet", "Datasheet or vendor page"
    LAW = "law", "Law or official list"
    OTHER = "other", "Other"


class CitationBasis(TextChoices):
    """Whether the source says the value itself or someone derived it."""

    STATED = "stated", "Stated by the source"
    REPEATED = "repeated", "Repeated from another source"
    DERIVED = "derived", "Derived by a collector, not stated by the source"


class PartyRole(TextChoices):
    """What a source says a named company did for a component."""

    SUPPLIER = "supplier", "Supplier"
    FOREIGN_SUPPLIER = "foreign supplier", "Foreign supplier"
    IMPORTER = "importer", "Importer"
    INVOLVED = "involved company", "Involved company"


class PartRelationKind(TextChoices):
    """How one part stands to another."""

    SUPERSEDES = "supersedes", "Supersedes"
    COMPATIBLE = "compatible", "Compatible with"


class ImportStatus(TextChoices):
    """Where an import stands."""

    RUNNING = "running", "Being checked"
    UNFINISHED = "unfinished", "Check broken off"
    FAILED = "failed", "Could not be read"
    CHECKED = "checked", "Checked, nothing written"
    COMMITTED = "committed", "Committed"
    UNDONE = "undone", "Undone"


class ImportOutcome(TextChoices):
    """What became of one row of an imported file."""

    CREATED = "created", "Created"
    MATCHED = "matched", "Matched"
    CHANGED = "changed", "Changed"
    REPEATED = "repeated", "Repeated"
    REJECTED = "rejected", "Rejected"


class DatasetKind(TextChoices):
    """What the rows of a dataset are."""

    SHIPMENTS = "shipments", "Shipments"
    FLOWS = "flows", "Trade flows"


class Flow(TextChoices):
    """Which way goods went, seen from the reporter."""

    IMPORT = "import", "Import"
    EXPORT = "export", "Export"
    RE_IMPORT = "re-import", "Re-import"
    RE_EXPORT = "re-export", "Re-export"


class MatchState(TextChoices):
    """What a person has said of a proposal."""

    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"


class LinkGrade(TextChoices):
    """What a shipment names of a part, from the surest to the vaguest."""

    EXACT = "exact", "The part number"
    BASE = "base", "Its base number"
    FAMILY = "family", "Its family"
    MAKER = "maker", "Only the maker"
    HS = "hs", "Only the HS code"


class StandIn(TextChoices):
    """What shipments name that are held against a part for want of shipments that name it; from the surest."""

    MAKER = LinkGrade.MAKER.value, "Only the maker"
    HS = LinkGrade.HS.value, "Only the HS code"


class LinkBasis(TextChoices):
    """What a link rests on."""

    MATCHED = "matched", "Found in the shipment's text by rule"
    DOCUMENT = "document", "Stated by a document"


class MakerEvidence(TextChoices):
    """What a shipment says of the maker of the part that it is linked to."""

    DECLARED = "declared", "Declared as maker or brand"
    NAMED = "named", "Named in the description"
    NONE = "none", "Not named"
    OTHER = "other", "Another maker is declared"


class LinkState(TextChoices):
    """What a person has said of a link."""

    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"
    UNDECIDED = "undecided", "Undecided"


class Audience(TextChoices):
    """From whose rows routes are computed: a figure must not betray a row that its reader may not see."""

    PUBLIC = "public", "From published rows alone"
    INSIDE = "inside", "From published and restricted rows"


class LegKind(TextChoices):
    """What happened between two parties of a supply chain."""

    SOLD = "sold", "Sold"
    SHIPPED = "shipped", "Shipped"
    TRANSITED = "transited", "Passed on in transit"
    IMPORTED = "imported", "Imported"
    DELIVERED = "delivered", "Delivered to the user"
