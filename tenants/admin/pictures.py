"""A picture to choose, in a form: of the persona, or of a colleague."""

from dataclasses import dataclass

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.models import Face, Membership
from tenants.pictures import MOST_BYTES, PictureUnreadable, make_small


@dataclass(frozen=True)
class ShownPicture:
    """The picture in use, as a file field wants it."""

    url: str


class PictureInput(forms.ClearableFileInput):
    template_name = "admin/tenants/picture_input.html"

    class Media:
        js = ("caty/picture.js",)


class PictureField(forms.FileField):
    """Gives a small `Picture` where a file was chosen, False where it is to be removed, else what it was."""

    def __init__(self, **kwargs):
        widget = PictureInput(attrs={"accept": "image/png,image/jpeg,image/webp"})
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, data, initial=None):
        chosen = super().clean(data, initial)
        if not isinstance(chosen, UploadedFile):
            return chosen
        try:
            return make_small(chosen.read(MOST_BYTES + 1))
        except PictureUnreadable as error:
            raise forms.ValidationError(error.message) from error


def picture_at(digest: str | None) -> ShownPicture | None:
    return ShownPicture(reverse("avatar", args=[digest])) if digest else None


def face_of(membership: Membership) -> ShownPicture | None:
    return picture_at(Face.objects.filter(membership=membership.pk).values_list("digest", flat=True).first())


def as_visitors_see(name: str, picture: ShownPicture | None) -> SafeString:
    """Face and name; where there is no face, an initial stands in for it, as in the chat."""
    if picture:
        return format_html('<span class="caty-face"><img src="{}" alt=""> {}</span>', picture.url, name)
    initial = name[:1].upper()
    return format_html('<span class="caty-face"><span aria-hidden="true">{}</span> {}</span>', initial, name)
