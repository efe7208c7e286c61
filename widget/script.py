"""The script that stands in customers' pages, under an address that never changes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from wsgiref.headers import Headers

from django.contrib.staticfiles import finders
from whitenoise.middleware import WhiteNoiseMiddleware

ADDRESS = "/widget.js"
SCRIPT = "widget/caty.js"
# An hour after a release every page has the new script; for a week the old one stands in while it is fetched.
CACHING = "public, max-age=3600, stale-while-revalidate=604800"


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, with `caty.js` under /widget.js as well. It takes whatever query string: the script reads its own.

    Here and not a view, so that neither sessions nor languages put a Vary on what is the same for everybody.
    """

    def __init__(self, get_response=None):
        super().__init__(get_response)
        if not self.autorefresh:
            self.files[ADDRESS] = self.get_static_file(self._script(), ADDRESS)

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        if url == ADDRESS:
            yield self._script()
        else:
            yield from super().candidate_paths_for_url(url)

    def add_mime_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_mime_headers(headers, path, url)
        # Pages that isolate themselves (COEP) may load these too; a page must not read a script as anything else.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["X-Content-Type-Options"] = "nosniff"

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)
        if url == ADDRESS:
            headers["Cache-Control"] = CACHING
            # Weak, since it names what is packed in three ways; and intermediaries that pack anew leave it as it is.
            headers["ETag"] = f'W/"{hashlib.sha256(Path(path).read_bytes()).hexdigest()[:32]}"'

    def _script(self) -> str:
        """The collected file, which has its compressed forms beside it; the source where nothing was collected."""
        collected = Path(self.static_root or "") / SCRIPT
        return str(collected) if not self.use_finders and collected.is_file() else finders.find(SCRIPT)
