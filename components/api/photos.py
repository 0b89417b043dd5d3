"""Photos: uploads, and their files for those who may see them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from components.api import fields
from components.api.parsers import BodyTooLarge, StrictJSONParser
from components.api.problems import BadQuestion, Conflict
from components.api.questions import refuse_others
from components.api.records import EvidenceViewSet
from components.curation.photos import attach_photo
from components.curation.stored_files import ORIGINAL, open_photo
from components.exports.rows import visible_rows
from components.models import Assembly, Component, Photo, Source, Weapon
from components.models.evidence import SIZES
from components.models.visibility import is_insider

DERIVATIVE_TYPE = "image/jpeg"
# The bytes of a photo never change; only its visibility does, and that is asked of the server for every new reader.
KEEP = "private, max-age=31536000, immutable"
TARGETS = ("weapon", "assembly", "component")


class PhotoUpload(serializers.Serializer[Any]):
    """A form with the file and what is said about it; exactly one of weapon, assembly and component."""

    file = serializers.FileField(max_length=200, help_text="JPEG, PNG, WebP or TIFF.")
    weapon = fields.UploadLink(queryset=Weapon.objects.all(), required=False)
    assembly = fields.UploadLink(queryset=Assembly.objects.all(), required=False)
    component = fields.UploadLink(queryset=Component.objects.all(), required=False)
    caption = serializers.CharField(max_length=300, required=False)
    credit = serializers.CharField(max_length=200, required=False)
    licence = serializers.CharField(max_length=200, required=False)
    source = fields.UploadLink(queryset=Source.objects.all(), required=False)  # type: ignore[assignment]
    is_synthetic = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One record, as `record`."""
        given = [attrs.pop(name) for name in TARGETS if name in attrs]
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "This form has no such field."))
        if len(given) != 1:
            raise serializers.ValidationError({"weapon": "Name one weapon, assembly or component, and only one."})
        if attrs["file"].size > settings.UPLOAD_MAX_BYTES:
            raise BodyTooLarge
        return {"record": given[0], **attrs}


class PhotoViewSet(EvidenceViewSet):
    """Photos of weapons, assemblies and components."""

    model = Photo

    def get_parsers(self) -> list[Any]:
        """A new photo is a form with a file; everything else is JSON."""
        is_upload = getattr(self, "action_map", None) and self.action_map.get("post") == "create"
        return [MultiPartParser()] if is_upload else [StrictJSONParser()]

    def create(self, request: Request) -> Response:
        """Attach a photo, as a draft; the same file sent twice for one record gives the photo that is there."""
        given = self.arguments(PhotoUpload)
        upload, began = given.pop("file"), timezone.now()
        photo = attach_photo(given.pop("record"), upload, name=upload.name, user=request.user, **given)
        if not visible_rows(Photo, request.user).filter(pk=photo.pk).exists():
            raise Conflict("This file is attached to the record already.")
        code = status.HTTP_201_CREATED if photo.created_at >= began else status.HTTP_200_OK
        response = self.record_response(photo.pk, code)
        response["Location"] = response.data["api_url"]
        return response

    @action(detail=True)
    def file(self, request: Request, pk: Any) -> FileResponse:
        """The image itself: a thumbnail, the screen size, or for insiders the original as it was uploaded."""
        refuse_others(request.query_params, {"size"})
        photo: Photo = self.seen_row(pk)
        size = request.query_params.get("size", "screen")
        if size not in {*SIZES, ORIGINAL}:
            raise BadQuestion({"size": [f"Expected one of {', '.join([*SIZES, ORIGINAL])}."]}, request.query_params)
        if size == ORIGINAL and not is_insider(request.user):
            raise PermissionDenied("Originals are for researchers, editors and administrators.")
        try:
            content = open_photo(photo, size)
        except FileNotFoundError as problem:
            raise Http404 from problem
        mime = photo.mime if size == ORIGINAL else DERIVATIVE_TYPE
        headers = {"Cache-Control": KEEP, "ETag": f'"{photo.digest}-{size}"'}
        return FileResponse(content, content_type=mime, filename=f"photo-{photo.pk}-{size}", headers=headers)
