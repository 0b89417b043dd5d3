"""Imports: send a file and read its check, commit it, undo it; what was read from which file, and what became of it."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from components.api import commands, fields, shapes
from components.api.parsers import BodyTooLarge, StrictJSONParser
from components.api.problems import MEDIA_TYPE, Conflict
from components.api.records import ReferenceViewSet
from components.choices import ImportStatus, Visibility
from components.curation.permissions import may_publish, require
from components.intake.batches import check_upload, commit_batch
from components.intake.formats import FORMATS
from components.intake.outcomes import ImportRefused
from components.intake.undo import CannotUndo, undo_batch
from components.models import ImportBatch, ImportMapping

LISTED_ERRORS = 100  # faults in a refusal; the report of the import lists up to 10,000
CODES = {400: "Malformed or refused", 401: "Not signed in", 403: "Not allowed", 404: "No such import"}
CODES |= {409: "It is not at that stage", 413: "Too large", 415: "Another type of body is expected", 429: "Too many"}


class ImportUpload(serializers.Serializer[Any]):
    """A form with the file and how it is to be read."""

    file = serializers.FileField(max_length=200, help_text="CSV, XLSX or JSON Lines.")
    format = serializers.ChoiceField(choices=sorted(FORMATS))
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False, help_text="Of new evidence rows.")
    mapping = fields.UploadLink(queryset=ImportMapping.objects.all(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A mapping is for one format."""
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "This form has no such field."))
        if attrs["file"].size > settings.UPLOAD_MAX_BYTES:
            raise BodyTooLarge
        mapping = attrs.get("mapping")
        if mapping is not None and mapping.format != attrs["format"]:
            raise serializers.ValidationError({"mapping": f"It is for the format {mapping.format}."})
        return attrs


def _answers(code: int, *codes: int) -> dict[Any, Any]:
    problems = {(each, MEDIA_TYPE): OpenApiResponse(shapes.Problem, description=CODES[each]) for each in codes}
    return {code: shapes.detail_shape(ImportBatch), **problems}


class ImportViewSet(ReferenceViewSet):
    """Imports, for those who made them and for editors."""

    model = ImportBatch

    def get_parsers(self) -> list[Any]:
        """A new import is a form with a file; everything else is JSON."""
        is_upload = getattr(self, "action_map", None) and self.action_map.get("post") == "create"
        return [MultiPartParser()] if is_upload else [StrictJSONParser()]

    @extend_schema(request={"multipart/form-data": ImportUpload}, responses=_answers(201, 400, 401, 403, 413, 415, 429))
    def create(self, request: Request) -> Response:
        """Check a file. Nothing is written to the catalogue; `report` says what would be, and lists every fault."""
        given = self.arguments(ImportUpload)
        batch = check_upload(
            given["format"],
            given["file"],
            name=given["file"].name,
            user=request.user,
            now=timezone.now(),
            visibility=given.get("visibility", Visibility.DRAFT),
            mapping=given.get("mapping"),
        )
        response = self.record_response(batch.pk, status.HTTP_201_CREATED)
        response["Location"] = response.data["api_url"]
        return response

    @extend_schema(request=commands.Reason, responses=_answers(200, 400, 401, 403, 404, 409, 413, 415, 429))
    @action(detail=True, methods=["post"])
    def commit(self, request: Request, pk: Any) -> Response:
        """Import a checked file whole; with any bad row nothing is written, and the faults are told."""
        self.arguments(commands.Reason)
        batch = self.seen_row(pk)
        if batch.status != ImportStatus.CHECKED:
            raise Conflict(f"This import is {batch.status} already.")
        try:
            commit_batch(batch, user=request.user, now=timezone.now())
        except ImportRefused as refusal:
            raise ValidationError(_reasons(refusal)) from refusal
        return self.record_response(pk)

    @extend_schema(request=commands.Reason, responses=_answers(200, 400, 401, 403, 404, 409, 413, 415, 429))
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: Any) -> Response:
        """Take back everything the import did, unless something done since depends on it. For editors."""
        self.arguments(commands.Reason)
        require(may_publish(request.user), "undo imports")
        try:
            undo_batch(self.seen_row(pk), user=request.user, now=timezone.now())
        except CannotUndo as refusal:
            raise Conflict(str(refusal)) from refusal
        return self.record_response(pk)


def _reasons(refusal: ImportRefused) -> dict[str, list[str]]:
    """Faults as errors of fields: "line 7, made" and why."""
    reasons: dict[str, list[str]] = {}
    for fault in refusal.report.faults[:LISTED_ERRORS]:
        where = f"line {fault.line}, {fault.column}" if fault.column else f"line {fault.line}"
        reasons.setdefault(where, []).append(f"“{fault.value}” {fault.reason}")
    return reasons
