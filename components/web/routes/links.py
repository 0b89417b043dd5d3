"""The page of a link, its review, and the queue of those that a review would tell most about."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from components.choices import LinkBasis, LinkGrade, LinkState
from components.curation.links import review_link
from components.curation.permissions import may_publish
from components.exports.rows import visible_rows
from components.models import Company, Component, Country, Dataset, Link, Part, Source
from components.models.visibility import is_insider
from components.normalise.shares import share_text
from components.web.addresses import list_address
from components.web.columns import STATUSES
from components.web.editing import Writing, seen_or_404
from components.web.facts import Fact
from components.web.records.base import Context, RecordPage

MOST_WAITING = 12  # named beside the one under review
LONGEST_NOTE = 2_000
ANSWERS = (
    (LinkState.CONFIRMED, "Confirm", "c"),
    (LinkState.REJECTED, "Reject", "r"),
    (LinkState.UNDECIDED, "Undecided", "u"),
)
TAKE_BACK = (LinkState.PROPOSED, "Take the review back", "t")


class LinkPage(RecordPage):
    """A connection of a part and a shipment: what the shipment says, why it is held to name the part, who agreed."""

    model = Link
    template_name = "components/routes/link.html"

    def head(self, row: Link) -> Context:
        head = super().head(row)
        if row.basis == LinkBasis.MATCHED:  # it is reviewed, not written; its dataset says who may see it
            head["actions"] = {name: url for name, url in head["actions"].items() if name == "history"}
            head["visibility"] = row.dataset.visibility if row.dataset else row.visibility
        return head

    def read(self, row: Link) -> Context:
        return told(row, self.request.user) | {
            "title": row.named,
            "subtitle": subtitle(row),
            "next": "",
        }


def subtitle(row: Link) -> str:
    """Which shipment it is linked to, in words."""
    number = f"declaration {row.declaration_number}" if row.declaration_number else "a shipment"
    return f"in {number} of {row.shipped_on}"


def told(row: Link, user: Any) -> Context:
    """What pages show of a link: as declared, as judged, as reviewed, and the answers this person may give."""
    return {
        "link": row,
        "declared": declared(row, user),
        "judged": judged(row, user),
        "description": marked(row.description, row.found),
        "reasons": row.reasons_list,
        "state_status": STATUSES[LinkState(row.state)],
        "state_label": state_label(row),
        "review": reviewed(row, user),
        "stated_by": stated_by(row, user),
        "found_in": found_in(row, user),
        "answers": answers(row) if may_publish(user) else [],
    }


def state_label(row: Link) -> str:
    """The state in words; a proposal says whose it is, so that nobody takes it for a fact."""
    if row.state == LinkState.PROPOSED and row.basis == LinkBasis.MATCHED:
        return f"Proposed — inferred by rule {row.rule_version}"
    return str(LinkState(row.state).label)


def reviewed(row: Link, user: Any) -> str:
    """Who reviewed it and when; visitors are not told the name of the account."""
    if row.reviewed_at is None:
        return ""
    who = f"by {row.reviewed_by} " if row.reviewed_by and is_insider(user) else ""
    return f"{LinkState(row.state).label} {who}on {row.reviewed_at:%Y-%m-%d}"


def answers(row: Link) -> list[dict[str, str]]:
    """The words that can be given of it, none to confirm what names nothing; the one that stands can be taken back."""
    refused = {row.state, LinkState.CONFIRMED} if row.grade == LinkGrade.HS else {row.state}
    offered = [each for each in ANSWERS if each[0] not in refused]
    if row.state != LinkState.PROPOSED:
        offered.append(TAKE_BACK)
    return [{"state": str(state), "label": label, "key": key} for state, label, key in offered]


def declared(row: Link, user: Any) -> list[Fact]:
    """The shipment as the declaration or document has it, without what it leaves out."""
    countries = dict(
        Country.objects.filter(pk__in=[row.origin_country, row.dispatch_country]).values_list("pk", "name")
    )
    companies = visible_rows(Company, user).in_bulk([pk for pk in (row.exporter_id, row.importer_id) if pk])
    hs_address = reverse("web:trade-hs", args=[row.hs_code]) if row.hs_code.isdigit() else ""
    facts = [
        Fact("Declared or shipped on", row.shipped_on.isoformat()),
        Fact("Declaration", row.declaration_number, is_mono=True),
        Fact("Item", row.item_number),
        Fact("Description", row.description),
        Fact("Maker as declared", row.declared_maker),
        Fact("HS code", row.hs_code, hs_address, is_mono=True),
        Fact("Exporter", row.exporter_name, _address(companies, row.exporter_id)),
        Fact("Importer", row.importer_name, _address(companies, row.importer_id)),
        Fact("Origin", countries.get(row.origin_country, row.origin_country)),
        Fact("Dispatched from", countries.get(row.dispatch_country, row.dispatch_country)),
        Fact("Quantity", "" if row.quantity is None else f"{row.quantity:,.10g} {row.unit}".strip()),
        Fact("Net weight (kg)", "" if row.net_kg is None else f"{row.net_kg:,.10g}"),
        Fact("Value (US dollars)", "" if row.value_usd is None else f"{row.value_usd:,.2f}"),
    ]
    return [fact for fact in facts if fact.text]


def marked(description: str, found: str) -> dict[str, str]:
    """A description in three: before the number as written, the number, and what follows it."""
    place = description.casefold().find(found.casefold()) if found else -1
    if place < 0 or len(description.casefold()) != len(description):
        return {"before": description, "found": "", "after": ""}
    end = place + len(found)
    return {"before": description[:place], "found": description[place:end], "after": description[end:]}


def _address(companies: dict[Any, Company], pk: int | None) -> str:
    company = companies.get(pk)
    return company.get_absolute_url() if company is not None else ""


def judged(row: Link, user: Any) -> list[Fact]:
    """What is held of it, by rule or by the document."""
    part = [Fact("Part", row.part.mpn, row.part.get_absolute_url(), is_mono=True)] if row.part else []
    maker = row.manufacturer
    made_by = (
        [Fact("Manufacturer", str(maker), maker.get_absolute_url())]
        if maker
        else _having(row.found, user, is_synthetic=row.is_synthetic)
    )
    rule = f"rule {row.rule_version}" if row.basis == LinkBasis.MATCHED else ""
    facts = [
        *part,
        *made_by,
        Fact("Basis", row.get_basis_display(), note=rule),
        Fact("The shipment names", row.get_grade_display()),
        Fact("Number as written", row.found if maker else "", is_mono=True),
        Fact("Written on behind it", row.suffix, is_mono=True),
        Fact("The maker", row.get_evidence_display()),
        Fact("Score", share_text(row.score), note="how likely the link is right, from 0 to 1"),
    ]
    return [fact for fact in facts if fact.text]


def _having(code: str, user: Any, *, is_synthetic: bool) -> list[Fact]:
    """The parts of the catalogue whose HS code begins with six digits."""
    count = visible_rows(Part, user).filter(hs_code__startswith=code, is_synthetic=is_synthetic).count()
    address = list_address(Part, f"hs_code__startswith={code}&is_synthetic={str(is_synthetic).lower()}")
    return [Fact("Parts with HS code", f"{code}: {count:,} of the catalogue", address)]


def stated_by(row: Link, user: Any) -> Fact:
    """Where the shipment stands: a row of a dataset, a place in a document, or a dataset that is gone."""
    if row.dataset_id and visible_rows(Dataset, user).filter(pk=row.dataset_id).exists():
        address = reverse("web:shipment", args=[row.dataset_id, row.row_number])
        return Fact("As declared in", f"row {row.row_number:,} of {row.dataset}", address)
    if row.source_id and visible_rows(Source, user).filter(pk=row.source_id).exists():
        assert row.source is not None
        return Fact("As stated by", str(row.source), row.source.get_absolute_url(), note=row.place)
    return Fact("As declared in", row.place or "a dataset that is not here any more")


def found_in(row: Link, user: Any) -> dict[str, Any]:
    """In how many weapons the part was found."""
    if row.part_id is None:
        return {}
    query = f"part={row.part_id}"
    rows = visible_rows(Component, user).filter(current_part=row.part_id)
    counted = rows.aggregate(components=Count("pk"), weapons=Count("weapon", distinct=True))
    return {**counted, "url": list_address(Component, query)}


class ReviewLink(Writing):
    """Keeps a person's word of a link; goes on with the next of the queue where the word was given there."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        link: Link = seen_or_404(Link, pk, request.user)
        state, why = request.POST.get("state", ""), request.POST.get("why", "")[:LONGEST_NOTE]
        try:
            done = review_link(link, state=state, user=request.user, now=timezone.now(), why=why)
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
        else:
            messages.success(request, f"{done}: {LinkState(done.state).label.lower()}.")
        if request.POST.get("then") == "queue":
            return HttpResponseRedirect(f"{reverse('web:link-queue')}?after={pk}")
        return HttpResponseRedirect(link.get_absolute_url())


class ReviewQueue(View):
    """Proposed links by what a review of each would tell of the routes, one at a time."""

    def get(self, request: HttpRequest) -> HttpResponse:
        waiting = queue(request.user)
        counted = waiting.aggregate(count=Count("pk"), bits=Sum("review_value"))
        following = list(after(waiting, request.GET.get("after", ""), request.user)[: MOST_WAITING + 1])
        context: Context = {"waiting_count": counted["count"], "bits": counted["bits"] or 0.0}
        context |= {"following": following[1:], "may_review": may_publish(request.user)}
        context["is_begun"] = "after" in request.GET
        context["proposed_address"] = list_address(Link, f"state={LinkState.PROPOSED}")
        if following:
            context |= told(following[0], request.user) | {"next": "queue", "subtitle": subtitle(following[0])}
        return render(request, "components/routes/queue.html", context)


def queue(user: Any) -> QuerySet[Link]:
    """Proposals whose review may change a route, the most telling first."""
    rows: QuerySet[Link] = visible_rows(Link, user)
    if not is_insider(user):  # the values rest on restricted weapons too
        rows = rows.none()
    waiting = rows.filter(state=LinkState.PROPOSED, basis=LinkBasis.MATCHED, review_value__gt=0)
    related = ("part__manufacturer", "manufacturer", "dataset", "source", "reviewed_by")
    return waiting.select_related(*related).order_by("-review_value", "pk")


def after(waiting: QuerySet[Link], asked: str, user: Any) -> QuerySet[Link]:
    """The queue behind a link, which may have left it since."""
    last = visible_rows(Link, user).filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None
    if last is None:
        return waiting
    is_less = Q(review_value__lt=last.review_value)
    return waiting.filter(is_less | Q(review_value=last.review_value, pk__gt=last.pk))
