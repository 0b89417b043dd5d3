"""What can be done to one record: read, change, delete, follow its history, put it back."""

from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from components.api.commands import NewVisibility, PutBack
from components.api.concurrency import is_unchanged, require_match
from components.api.details import Detail, etag
from components.api.history import read_history, versions_of
from components.api.lists import ListViewSet
from components.api.permissions import Insiders
from components.api.questions import asked_names, refuse_others
from components.api.writing import SERIALIZERS, RecordSerializer, change_reason
from components.curation.deleting import delete_record
from components.curation.permissions import may_delete, require
from components.curation.putting_back import put_back
from components.curation.visibility import set_visibility
from components.exports.rows import visible_rows
from components.models.curated import Curated
from components.models.visibility import Evidence

WHOLE_NUMBER = "[0-9]{1,18}"


class ReferenceViewSet(ListViewSet):
    """Reads of a list and of its records."""

    lookup_value_regex = WHOLE_NUMBER

    def retrieve(self, request: Request, pk: Any) -> Response:
        """One record with what belongs to it; `If-None-Match` with its ETag answers 304 where nothing changed."""
        record = Detail(request).read(self.model, pk)
        refuse_others(request.query_params, {"fields"})
        names, tag = asked_names(request.query_params, list(record)), etag(record)
        if is_unchanged(request, tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        shown = record if names is None else {name: record[name] for name in names}
        return Response(shown, headers={"ETag": tag})

    def record_response(self, pk: Any, code: int = status.HTTP_200_OK, **headers: str) -> Response:
        """The record as it is now, with its new ETag."""
        record = Detail(self.request).read(self.model, pk)
        return Response(record, status=code, headers={"ETag": etag(record), **headers})

    def seen_row(self, pk: Any) -> Any:
        """The row, if the asking person may see it. Raises Http404."""
        if not visible_rows(self.model, self.request.user).filter(pk=pk).exists():
            raise Http404
        return self.model._default_manager.get(pk=pk)

    def arguments(self, form: Any) -> dict[str, Any]:
        """The body of an action, checked. Raises ValidationError."""
        given = form(data=self.request.data, context={"request": self.request})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)


class EditableViewSet(ReferenceViewSet):
    """Reads of a curated table and changes of its rows; they are added and deleted elsewhere, if at all."""

    model: ClassVar[type[Curated]]

    def writer(self, **kwargs: Any) -> RecordSerializer:
        """The serializer of this table's writes, for the body of the request."""
        return SERIALIZERS[self.model](data=self.request.data, context={"request": self.request}, **kwargs)

    def update(self, request: Request, pk: Any) -> Response:
        """Change a record: all required fields are given, what is left out stays as it is."""
        return self.change(pk, partial=False)

    def partial_update(self, request: Request, pk: Any) -> Response:
        """Change the given fields of a record."""
        return self.change(pk, partial=True)

    def change(self, pk: Any, *, partial: bool) -> Response:
        """Store the body under the lock of the row, if the client knew what it changes."""
        with transaction.atomic():
            row = self.locked_row(pk)
            writer = self.writer(instance=row, partial=partial)
            writer.is_valid(raise_exception=True)
            writer.save()
        return self.record_response(pk)

    def locked_row(self, pk: Any) -> Any:
        """The row, locked, if it may be seen and is what `If-Match` says. Raises Http404, and as `require_match`."""
        row = self.model._default_manager.select_for_update().filter(pk=pk).first()
        if row is None:
            raise Http404
        require_match(self.request, etag(Detail(self.request).read(self.model, pk)))
        return row

    @action(detail=True, permission_classes=[Insiders])
    def history(self, request: Request, pk: Any) -> Response:
        """Every version of the record, newest first: who, when, why, and each value before and after."""
        refuse_others(request.query_params, set())
        return Response({"results": read_history(self.model, versions_of(self.model, pk, request.user))})

    @action(detail=True, methods=["post"], url_path="put-back")
    def put_back(self, request: Request, pk: Any) -> Response:
        """Give the record the values of one of its versions; a deleted record comes back, evidence as a draft."""
        given = self.arguments(PutBack)
        version = versions_of(self.model, pk, request.user).filter(history_id=given["version"]).first()
        if version is None:
            raise Http404
        put_back(version, user=request.user, why=given["why"] or change_reason(request))
        return self.record_response(pk)


class CuratedViewSet(EditableViewSet):
    """Reads and writes of a curated table."""

    def create(self, request: Request) -> Response:
        """Add a record. Evidence begins as a draft that its author and editors see."""
        writer = self.writer()
        writer.is_valid(raise_exception=True)
        with transaction.atomic():
            row = writer.save()
        response = self.record_response(row.pk, status.HTTP_201_CREATED)
        response["Location"] = response.data["api_url"]
        return response

    def destroy(self, request: Request, pk: Any) -> Response:
        """Delete a record that nothing depends on; its history stays, and an editor can put it back."""
        with transaction.atomic():
            row = self.locked_row(pk)
            require(may_delete(request.user, row), "delete this record")
            delete_record(row, user=request.user, why=change_reason(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Publishing(ReferenceViewSet):
    """Of evidence, whose rows say who may see them: deciding that."""

    model: ClassVar[type[Evidence]]

    @action(detail=True, methods=["post"])
    def visibility(self, request: Request, pk: Any) -> Response:
        """Decide who sees the record, and if asked what it contains. Narrowing always narrows the contents."""
        given = self.arguments(NewVisibility)
        given["why"] = given["why"] or change_reason(request)
        set_visibility(self.seen_row(pk), user=request.user, **given)
        return self.record_response(pk)


class EvidenceViewSet(Publishing, CuratedViewSet):
    """Reads and writes of evidence."""

    model: ClassVar[type[Evidence]]
