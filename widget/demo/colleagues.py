"""Two colleagues of the demo business, with names and faces, what they have ready to say, and how they answered in the
week before.

Made once: who takes one of them out, or words it anew, keeps it so. The business names no opening times, so that it is
always open.
"""

from dataclasses import dataclass
from io import BytesIO

from django.contrib.auth import get_user_model

from tenants import services as tenant_services
from tenants.models import CannedReply, Membership, Tenant
from tenants.pictures import Picture, make_small


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A face in a few colours: the ground, the hair, the skin and the shirt."""

    ground: str
    hair: str
    skin: str
    shirt: str


COLLEAGUES = {
    "ines": ("Ines", "Carvalho", Drawn(ground="#d6eadf", hair="#3b2418", skin="#d9a17c", shirt="#9a3412")),
    "tom": ("Tom", "Whitby", Drawn(ground="#dbe7f3", hair="#8a5a2b", skin="#f0c7a4", shirt="#14532d")),
}
READY_ANSWERS = {
    "hello": "Hello, you're talking to somebody from the shop now. I've read what you wrote; give me a moment.",
    "hours": "We're open Monday to Friday from 8:00 to 18:30, Thursdays until 20:00, Saturdays from 9:00 to 17:00.",
    "repair": "Bring it by before ten, and we look at it the same day. If we need a part, we ring you first.",
    "order-number": "Could you tell me the number of your order? It begins with WW and is in the mail from us.",
    "bye": "Glad I could help! Just write here again if something comes up.",
}


def add_colleagues(tenant: Tenant) -> dict[str, Membership]:
    """By their short names; none where the demo has had them before."""
    if get_user_model().objects.filter(username__in=map(_address, COLLEAGUES)).exists():
        return {}
    replies = (CannedReply(tenant=tenant, name=name, text=text) for name, text in READY_ANSWERS.items())
    CannedReply.objects.bulk_create(replies, ignore_conflicts=True)
    return {name: _add(tenant, name) for name in COLLEAGUES}


def _add(tenant: Tenant, name: str) -> Membership:
    first, last, face = COLLEAGUES[name]
    user = get_user_model()(username=_address(name), email=_address(name), first_name=first, last_name=last)
    user.set_unusable_password()
    user.save()
    membership = tenant_services.add_colleague(tenant=tenant, user=user, role=Membership.Role.EDITOR)
    tenant_services.set_shown_name(membership, first)
    tenant_services.set_face(membership, draw(face))
    return membership


def _address(name: str) -> str:
    return f"{name}@wrenandwheel.example"


def draw(face: Drawn) -> Picture:
    """Hair, head and shoulders before the ground."""
    # Eight megabytes of code that a process needs only when a picture comes.
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (512, 512), face.ground)
    pen = ImageDraw.Draw(image)
    pen.ellipse((86, 360, 426, 700), fill=face.shirt)
    pen.ellipse((136, 76, 376, 336), fill=face.hair)
    pen.rounded_rectangle((222, 300, 290, 400), radius=30, fill=face.skin)
    pen.ellipse((160, 120, 352, 352), fill=face.skin)
    pen.chord((150, 86, 362, 276), start=190, end=350, fill=face.hair)
    for left in (208, 284):
        pen.ellipse((left, 222, left + 20, 246), fill="#2b1d14")
    pen.arc((212, 240, 300, 310), start=25, end=155, fill="#7c3a2d", width=8)
    target = BytesIO()
    image.save(target, "PNG")
    return make_small(target.getvalue())
