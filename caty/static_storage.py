"""Static files as production serves them: hashed, compressed, and the widget's scripts without what people read."""

from collections.abc import Iterator
from pathlib import Path

from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

SCRIPTS = "widget/*.js"


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Every page of every visitor loads the widget's scripts: comments and indentation are a sixth of their weight."""

    def post_process(self, paths: dict, dry_run: bool = False, **options) -> Iterator:
        if not dry_run:
            paths = {name: self._minified(name) or source for name, source in paths.items()}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _minified(self, name: str) -> tuple["StaticStorage", str] | None:
        """Where the minified copy stands; None for other files. A link to the source is left alone."""
        collected = Path(self.path(name))
        if not Path(name).match(SCRIPTS) or collected.is_symlink():
            return None
        collected.write_text(jsmin(collected.read_text("utf-8")), "utf-8")
        return self, name
