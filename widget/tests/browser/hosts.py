"""Sites of customers: small pages on an origin of their own, with the widget's script tag in them."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html>
<html lang="{lang}" {html}>
<head><meta charset="utf-8"><title>Acme</title><meta name="viewport" content="width=device-width, initial-scale=1">
{head}</head>
<body {body_attributes}><header><nav aria-label="Shop"><a href="/other">Other</a></nav></header>
<main><h1>Bicycles</h1>{body}</main>
{script}
</body></html>"""


@dataclass
class Document:
    content: str
    headers: dict[str, str] = field(default_factory=dict)


class HostSite:
    """A web server with the pages a test gives it; everything else is 404. The origin is not the API's."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.origin = f"http://localhost:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "HostSite":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, content: str, **headers: str) -> str:
        """Publish a page (header names with _ for -); gives its address."""
        self.documents[path] = Document(content, {name.replace("_", "-"): value for name, value in headers.items()})
        return f"{self.origin}{path}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                # Browsers ask for the icon unbidden, and complain when it isn't there.
                found = Document("") if path == "/favicon.ico" else site.documents.get(path)
                content = (found.content if found else "Not here.").encode()
                self.send_response(200 if found else 404)
                kind = "text/javascript" if self.path.endswith(".js") else "text/html"
                for name, value in {
                    "Content-Type": f"{kind}; charset=utf-8",
                    **(found.headers if found else {}),
                }.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """A test is told of nothing it did not ask for."""

        return Handler


def page(
    *, script: str, head: str = "", body: str = "", lang: str = "en", html: str = "", body_attributes: str = ""
) -> str:
    """A small shop's page, free of faults of its own that axe could find."""
    return PAGE.format(script=script, head=head, body=body, lang=lang, html=html, body_attributes=body_attributes)
