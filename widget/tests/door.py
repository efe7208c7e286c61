"""The API as callers use it: over HTTP, with a key, from a page of the tenant's site."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenants import services as tenant_services

ADDRESS = "203.0.113.7"


class Door:
    """A page of one tenant's site, talking to the API. `origin=None` is a server, which sends none."""

    def __init__(self, tenant, origin: str | None = ""):
        self.tenant = tenant
        self.origin = f"https://{tenant.slug}.example" if origin == "" else origin
        self.key = tenant_services.create_api_key(tenant, name="Site").key
        self.client = Client(raise_request_exception=False, REMOTE_ADDR=ADDRESS)

    def get(self, name: str, *, headers: dict | None = None, **query):
        return self.client.get(f"/api/widget/{name}", query, headers=self._headers(headers))

    def post(self, name: str, body: object, *, headers: dict | None = None, content_type="application/json"):
        """`body` is sent as JSON; bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/api/widget/{name}", raw, content_type=content_type, headers=self._headers(headers))

    def upload(self, session_id: str, content: bytes, name: str = "receipt.png", *, headers: dict | None = None):
        """A file, as a browser sends a form with one."""
        form = {"session_id": session_id, "file": SimpleUploadedFile(name, content)}
        return self.client.post("/api/widget/attachment", form, headers=self._headers(headers))

    def start(self, **body) -> str:
        """A new session's id."""
        return self.post("session", body).json()["session_id"]

    def ask(self, session_id: str, text: str = "What are your opening hours?", **more):
        return self.post("message", {"session_id": session_id, "message": text, **more})

    def _headers(self, more: dict | None) -> dict:
        headers = {"X-API-Key": self.key, "Origin": self.origin, **(more or {})}
        return {name: value for name, value in headers.items() if value is not None}


def limit(tenant, **limits) -> None:
    """Set limits of a tenant that has not been asked for anything yet."""
    for name, value in limits.items():
        setattr(tenant, name, value)
    tenant.save()
