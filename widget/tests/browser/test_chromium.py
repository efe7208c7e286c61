"""How the browser is found, and what happens where there is none."""

import pytest

from widget.tests.browser import chromium


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """A PATH without a browser, and nothing said in the environment."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv(chromium.REQUIRED, raising=False)
    return tmp_path


def test_browser_on_the_path_is_found(bare_machine):
    program = bare_machine / "chromium-browser"
    program.touch(mode=0o755)

    assert chromium.find_chromium() == str(program)


def test_browser_named_by_the_environment_comes_first(bare_machine, monkeypatch):
    (bare_machine / "chromium").touch(mode=0o755)
    monkeypatch.setenv("CHROMIUM", "/opt/other/chrome")

    assert chromium.find_chromium() == "/opt/other/chrome"


def test_without_a_browser_tests_are_skipped_with_a_word(bare_machine):
    with pytest.raises(pytest.skip.Exception, match="browser tests: no Chromium on PATH: install the package"):
        chromium.launch(playwright=None)


def test_where_the_browser_is_required_tests_fail_without_it(bare_machine, monkeypatch):
    monkeypatch.setenv(chromium.REQUIRED, "1")

    with pytest.raises(pytest.fail.Exception, match="BROWSER_TESTS_REQUIRED is set, but: no Chromium on PATH"):
        chromium.launch(playwright=None)
