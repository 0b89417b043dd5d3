"""Imports: send a file and read its check, commit it, undo it; what was read from which file, and what became of it."""

import time
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
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
from components.api.questions import refuse_others
from components.api.records import ReferenceViewSet
from components.choices import ImportStatus, Visibility
from components.curation.permissions import may_publish, require
from components.intake.batches import check_upload, commit_batch, delete_batch
from components.intake.formats import FORMATS
from components.intake.outcomes import ImportRefused
from components.intake.trade.datasets import (
    About,
    check_again,
    give_up_if_silent,
    read_progress,
    rejects_file,
    require_checked,
)
from components.intake.trade.formats import DECLARATIONS, TRADE_FORMATS
from components.intake.trade.uploads import receive, start_check
from components.intake.undo import CannotUndo, undo_batch
from components.models import ImportBatch, ImportMapping

LISTED_ERRORS = 100  # faults in a refusal; the report of the import lists up to 10,000
CODES = {400: "Malformed or refused", 401: "Not signed in", 403: "Not allowed", 404: "No such import"}
CODES |= {409: "It is not at that stage", 413: "Too large", 415: "Another type of body is expected", 429: "Too many"}


class Upload(serializers.Serializer[Any]):
    """A form with a file and nothing that it does not know."""

    MOST_BYTES = "UPLOAD_MAX_BYTES"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A mapping is for one format."""
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "This form has no such field."))
        if attrs["file"].size > getattr(settings, self.MOST_BYTES):
            raise BodyTooLarge
        mapping = attrs.get("mapping")
        if mapping is not None and mapping.format != attrs["format"]:
            raise serializers.ValidationError({"mapping": f"It is for the format {mapping.format}."})
        return attrs


class ImportUpload(Upload):
    """A form with the file and how it is to be read."""

    file = serializers.FileField(max_length=200, help_text="CSV, XLSX or JSON Lines.")
    format = serializers.ChoiceField(choices=sorted(FORMATS))
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False, help_text="Of new evidence rows.")
    mapping = fields.UploadLink(queryset=ImportMapping.objects.all(), required=False)


class TradeUpload(Upload):
    """A form with a file of customs records or trade statistics, and what is to be said of the dataset."""

    MOST_BYTES = "TRADE_UPLOAD_MAX_BYTES"

    file = serializers.FileField(max_length=200, help_text="CSV (UTF-8 or CP1251), XLSX or Parquet; statistics: JSON.")
    format = serializers.ChoiceField(choices=sorted(TRADE_FORMATS), default=DECLARATIONS.name)
    title = fields.Text(max_length=200, help_text="Of the dataset.")
    source_title = fields.Text(max_length=300, help_text="Who published the file, and under which title.")
    source_url = serializers.URLField(max_length=500, required=False, allow_blank=True, default="")
    licence = fields.Text(max_length=200, required=False, allow_blank=True, default="")
    coverage = fields.Text(max_length=5_000, required=False, allow_blank=True, default="")
    completeness = fields.Text(max_length=5_000, required=False, allow_blank=True, default="")
    is_synthetic = serializers.BooleanField(default=False, help_text="Every row is made up.")
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.RESTRICTED)
    mapping = fields.UploadLink(queryset=ImportMapping.objects.all(), required=False)


class Commit(commands.Command):
    """Whether the good rows of a file of shipments are to be imported without the bad ones."""

    leave_out_bad = fields.Flag(
        default=False, help_text="The bad rows are kept beside the dataset, with their reasons."
    )


class ProgressShape(serializers.Serializer[Any]):
    """How far a check is; nothing is known of one that has not begun to read."""

    status = serializers.ChoiceField(choices=ImportStatus.choices)
    progress = serializers.DictField(allow_null=True, help_text="Rows and bytes read, rows a second, seconds left.")


def _answers(code: int, *codes: int) -> dict[Any, Any]:
    return {code: shapes.detail_shape(ImportBatch), **_problems(*codes)}


def _problems(*codes: int) -> dict[Any, Any]:
    return {(each, MEDIA_TYPE): OpenApiResponse(shapes.Problem, description=CODES[each]) for each in codes}


class ImportViewSet(ReferenceViewSet):
    """Imports, for those who made them and for editors."""

    model = ImportBatch

    def get_parsers(self) -> list[Any]:
        """A new import is a form with a file; everything else is JSON."""
        is_upload = getattr(self, "action_map", None) and self.action_map.get("post") in {"create", "trade"}
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

    @extend_schema(request={"multipart/form-data": TradeUpload}, responses=_answers(202, 400, 401, 403, 413, 415, 429))
    @action(detail=False, methods=["post"])
    def trade(self, request: Request) -> Response:
        """Have a file of customs records or trade statistics checked, in the background; `progress` says how far it is.

        Nothing is seen of it until it is committed.
        """
        given = self.arguments(TradeUpload)
        about = About(**{name: given[name] for name in About.__dataclass_fields__})
        batch = receive(given["file"], about, kind=given["format"], mapping=given.get("mapping"), user=request.user)
        start_check(batch)
        response = self.record_response(batch.pk, status.HTTP_202_ACCEPTED)
        response["Location"] = response.data["api_url"]
        return response

    @extend_schema(responses={200: ProgressShape, **_problems(400, 401, 404, 429)})
    @action(detail=True)
    def progress(self, request: Request, pk: Any) -> Response:
        """How far the check of a file of shipments is."""
        refuse_others(request.query_params, set())
        batch = self.seen_row(pk)
        give_up_if_silent(batch, now=time.time())
        is_running = batch.status == ImportStatus.RUNNING
        return Response({"status": batch.status, "progress": read_progress(batch) if is_running else None})

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY, **_problems(400, 401, 404, 429)})
    @action(detail=True)
    def rejects(self, request: Request, pk: Any) -> HttpResponseBase:
        """Every bad row of a file of shipments, whole, with its reasons, as CSV; 404 where there is none."""
        refuse_others(request.query_params, set())
        file = rejects_file(self.seen_row(pk))
        if file is None:
            raise Http404
        return FileResponse(
            file.open("rb"),
            as_attachment=True,
            filename=f"import-{pk}-rejects.csv",
            content_type="text/csv; charset=utf-8",
        )

    @extend_schema(request=Commit, responses=_answers(200, 400, 401, 403, 404, 409, 413, 415, 429))
    @action(detail=True, methods=["post"])
    def commit(self, request: Request, pk: Any) -> Response:
        """Import a checked file whole; with any bad row nothing is written, and the faults are told.

        Of a file of shipments a person may have the bad rows left out.
        """
        given = self.arguments(Commit)
        batch = self.seen_row(pk)
        try:
            require_checked(batch)
        except ValueError as problem:
            raise Conflict(str(problem)) from problem
        if given["leave_out_bad"] and batch.format not in TRADE_FORMATS:
            raise ValidationError({"leave_out_bad": "Of this format all rows are good or none is imported."})
        try:
            commit_batch(batch, user=request.user, now=timezone.now(), leave_out_bad=given["leave_out_bad"])
        except ImportRefused as refusal:
            raise ValidationError(_reasons(refusal)) from refusal
        except ValueError as problem:  # somebody was quicker, or the checked file is gone
            raise Conflict(str(problem)) from problem
        return self.record_response(pk)

    @extend_schema(request=commands.Reason, responses=_answers(202, 400, 401, 403, 404, 409, 413, 415, 429))
    @action(detail=True, methods=["post"], url_path="check")
    def check_again(self, request: Request, pk: Any) -> Response:
        """Have a file of shipments whose check broke off checked once more, in the background."""
        self.arguments(commands.Reason)
        batch = self.seen_row(pk)
        give_up_if_silent(batch, now=time.time())
        try:
            start_check(check_again(batch, user=request.user))
        except ValueError as problem:
            raise Conflict(str(problem)) from problem
        return self.record_response(pk, status.HTTP_202_ACCEPTED)

    @extend_schema(request=commands.Reason, responses={204: None, **_problems(400, 401, 403, 404, 409, 413, 415, 429)})
    @action(detail=True, methods=["post"], url_path="delete")
    def discard(self, request: Request, pk: Any) -> Response:
        """Delete an import that has written nothing, with its file and what its check has left."""
        self.arguments(commands.Reason)
        try:
            delete_batch(self.seen_row(pk), user=request.user)
        except ValueError as problem:
            raise Conflict(str(problem)) from problem
        return Response(status=status.HTTP_204_NO_CONTENT)

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
