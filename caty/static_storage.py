"""Static files as production serves them: hashed, compressed, and the widget's scripts without what people read."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage

SCRIPTS = "widget/*.js"


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Every page of every visitor loads the widget's scripts: what only people read is a quarter of their weight."""

    def post_process(self, paths: dict, dry_run: bool = False, **options) -> Iterator:
        if not dry_run:
            paths = {name: self._minified(name) or source for name, source in paths.items()}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _minified(self, name: str) -> tuple["StaticStorage", str] | None:
        """Where the minified copy stands; None for other files. A link to the source is left alone."""
        collected = Path(self.path(name))
        if not Path(name).match(SCRIPTS) or collected.is_symlink():
            return None
        collected.write_text(_minify(collected.read_text("utf-8")), "utf-8")
        return self, name


def _minify(script: str) -> str:
    """Where there is no minifier (requirements.txt says where), the script does as well as it is."""
    if not find_spec("minify"):
        return script
    import minify  # only here: it starts Go's runtime, which a web process that forks does not want

    return minify.string("application/javascript", script)
