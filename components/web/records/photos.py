"""A photo's page, its files for those who may see them, and uploads."""

from http import HTTPStatus
from typing import Any, TypeAlias

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from components.curation.permissions import may_edit, require
from components.curation.photos import attach_photo
from components.curation.stored_files import ORIGINAL, open_photo
from components.models import Assembly, Component, Photo, Source, Weapon
from components.models.visibility import is_insider
from components.photos import PhotoRefused
from components.storage import DISK_FULL, is_full
from components.web.addresses import called, record_address
from components.web.editing import Writing, refuse_unless, seen_or_404
from components.web.records.base import Context, Crumb, RecordPage

DERIVATIVE_TYPE = "image/jpeg"
# The bytes never change; who may see them does, so the browser asks again, and no shared cache keeps them.
KEEP = "private, no-cache"
Upload: TypeAlias = "UploadedFile[Any]"
MOST_FILES = 30  # of one upload
PHOTOGRAPHED: dict[str, type[Weapon | Assembly | Component]] = {
    "weapons": Weapon,
    "assemblies": Assembly,
    "components": Component,
}


class PhotoPage(RecordPage):
    """An image with what is known of it; where and by whom it was taken is for insiders."""

    model = Photo
    template_name = "components/photo.html"

    def trail(self, row: Photo) -> list[Crumb]:
        return [Crumb(f"{called(type(row.record))}: {row.record}", record_address(row.record))]

    def read(self, row: Photo) -> Context:
        provenance = self.provenance([row])
        is_inside = is_insider(self.request.user)
        facts = provenance.facts(row, "caption", "credit", "licence")
        source = row.source
        if source is not None and Source.objects.visible_to(self.request.user).filter(pk=source.pk).exists():
            facts += provenance.facts(row, "source")
        return {
            "facts": facts,
            "citations": provenance.cited(row),
            "file_facts": self.file_facts(row),
            "camera_facts": self.camera_facts(row) if is_inside else [],
            "exif": sorted(row.exif.items()) if is_inside else [],
            "screen": reverse("web:photo-file", args=[row.pk, "screen"]),
            "original": reverse("web:photo-file", args=[row.pk, ORIGINAL]) if is_inside else "",
        }

    def file_facts(self, row: Photo) -> list[tuple[str, str]]:
        """What the file is."""
        kilobytes = row.byte_count / 1024
        return [
            ("Size", f"{row.width:,} × {row.height:,} pixels"),
            ("File", f"{row.mime}, {kilobytes:,.0f} KB"),
            ("SHA-256", row.digest),
        ]

    def camera_facts(self, row: Photo) -> list[tuple[str, str]]:
        """What the camera wrote into the original."""
        place = f"{row.latitude:g}, {row.longitude:g}" if row.latitude is not None and row.longitude is not None else ""
        taken = f"{row.taken_at:%Y-%m-%d %H:%M} (taken as UTC)" if row.taken_at else ""
        found = [("Uploaded as", row.file_name), ("Taken", taken), ("Camera", row.camera), ("GPS", place)]
        return [(label, text) for label, text in found if text]


class PhotoFile(View):
    """The bytes of a photo: a thumbnail, the screen size, or for insiders the original."""

    def get(self, request: HttpRequest, pk: int, size: str) -> HttpResponseBase:
        photo: Photo = seen_or_404(Photo, pk, request.user)
        refuse_unless(
            size != ORIGINAL or is_insider(request.user), "Originals are for researchers, editors and administrators."
        )
        try:
            content = open_photo(photo, size)
        except FileNotFoundError as problem:
            raise Http404("The file is missing.") from problem
        mime = photo.mime if size == ORIGINAL else DERIVATIVE_TYPE
        headers = {"Cache-Control": KEEP, "X-Content-Type-Options": "nosniff"}
        return FileResponse(content, content_type=mime, filename=f"photo-{photo.pk}-{size}", headers=headers)


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, each within the size that uploads may have."""

    widget = SeveralFiles(attrs={"accept": "image/jpeg,image/png,image/webp,image/tiff"})

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        files = [super(FilesField, self).clean(each, initial) for each in given]
        if not files:
            raise ValidationError("Choose at least one file.")
        if len(files) > MOST_FILES:
            raise ValidationError(f"At most {MOST_FILES} files at once.")
        return files


class UploadForm(forms.Form):
    """The files of one record, with what is said of all of them."""

    images = FilesField(label="Files", help_text="JPEG, PNG, WebP or TIFF; several at once.")
    caption = forms.CharField(required=False, max_length=300)
    credit = forms.CharField(required=False, max_length=200, help_text="Who took the photo.")
    licence = forms.CharField(required=False, max_length=200)
    source = forms.ModelChoiceField(
        queryset=Source.objects.none(), required=False, help_text="The publication it is from."
    )
    is_synthetic = forms.BooleanField(label="Synthetic", required=False, help_text="Made up for a demonstration.")

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        source = self.fields["source"]
        assert isinstance(source, forms.ModelChoiceField)
        source.queryset = Source.objects.visible_to(user)


class UploadPage(Writing):
    """Adds photos to a weapon, an assembly or a component. A file that is refused does not hold up the others."""

    is_full = False

    def get(self, request: HttpRequest, folder: str, pk: int) -> HttpResponse:
        row = self.row(folder, pk)
        return self.page(row, UploadForm(user=request.user, initial={"is_synthetic": row.is_synthetic}), [])

    def post(self, request: HttpRequest, folder: str, pk: int) -> HttpResponse:
        row = self.row(folder, pk)
        form = UploadForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.page(row, form, [])
        said = {name: value for name, value in form.cleaned_data.items() if name != "images"}
        added, refused = self.attach(row, form.cleaned_data["images"], said)
        if added:
            messages.success(request, f"{len(added)} {'photo was' if len(added) == 1 else 'photos were'} added.")
        if refused:
            return self.page(row, form, refused)
        return HttpResponseRedirect(record_address(row))

    def attach(self, row: Any, files: list[Upload], said: Context) -> tuple[list[Photo], list[tuple[str, str]]]:
        """The photos added, and for each file that was refused its name and why."""
        added, refused = [], []
        for file in files:
            name = file.name or "file"
            if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
                refused.append((name, f"It is larger than {settings.UPLOAD_MAX_BYTES // 1024**2} MB."))
                continue
            try:
                added.append(attach_photo(row, file, name=name, user=self.request.user, **said))  # type: ignore[arg-type]
            except PhotoRefused as refusal:
                refused.append((name, str(refusal)))
            except OSError as problem:
                if not is_full(problem):
                    raise
                self.is_full = True
                refused.append((name, DISK_FULL))
        return added, refused

    def row(self, folder: str, pk: int) -> Any:
        """What the photos show. Raises Http404, PermissionDenied."""
        row = seen_or_404(PHOTOGRAPHED[folder], pk, self.request.user)
        require(may_edit(self.request.user, row), "add photos to this record")
        return row

    def page(self, row: Any, form: UploadForm, refused: list[tuple[str, str]]) -> HttpResponse:
        context = {"form": form, "row": row, "refused": refused, "kind": called(type(row)), "back": record_address(row)}
        status = HTTPStatus.INSUFFICIENT_STORAGE if self.is_full else 400 if form.errors or refused else 200
        return render(self.request, "components/photo_upload.html", context, status=status)
