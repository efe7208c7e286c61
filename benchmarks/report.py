"""The figures of a run, each with the bar it has to meet where there is one."""

import json
import math
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from benchmarks.site import BenchmarkFailed

PACKAGES = ("Django", "djangorestframework", "gunicorn", "gevent", "psycopg", "anthropic", "redis")


@dataclass(frozen=True)
class Figure:
    """A measured value with its unit; `bar` is the most it may be, None where it is only told."""

    name: str
    measured: float
    unit: str = ""
    bar: float | None = None

    @property
    def is_ok(self) -> bool:
        return self.bar is None or self.measured <= self.bar


@dataclass
class Report:
    """Figures by heading, in the order in which they came. Each is printed as soon as it is known."""

    is_quiet: bool = False
    sections: dict[str, list[Figure]] = field(default_factory=dict)

    def begin(self, heading: str) -> None:
        self.sections[heading] = []
        self._print(f"\n{heading}\n{'':2}{'':62}{'measured':>12}{'bar':>12}")

    def add(self, name: str, measured: float, unit: str = "", *, bar: float | None = None) -> None:
        """Note a figure under the heading begun last."""
        figure = Figure(name, measured, unit, bar)
        list(self.sections.values())[-1].append(figure)
        verdict = "" if bar is None else "   ok" if figure.is_ok else "   TOO MUCH"
        limit = "" if bar is None else f"≤ {_text(bar)}"
        self._print(f"{'':2}{f'{name} ({unit})' if unit else name:62}{_text(measured):>12}{limit:>12}{verdict}")

    @property
    def failed(self) -> list[Figure]:
        return [figure for figures in self.sections.values() for figure in figures if not figure.is_ok]

    def as_json(self) -> str:
        sections = {heading: [_as_dict(one) for one in figures] for heading, figures in self.sections.items()}
        return json.dumps({"machine": machine(), "sections": sections, "is_ok": not self.failed}, indent=1)

    def say(self, line: str) -> None:
        self._print(line)

    def _print(self, line: str) -> None:
        if not self.is_quiet:
            print(line, flush=True)


def _as_dict(figure: Figure) -> dict:
    measured = figure.measured if math.isfinite(figure.measured) else None
    return {**asdict(figure), "measured": measured, "is_ok": figure.is_ok}


def _text(value: float) -> str:
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"


def machine() -> str:
    """What it was measured on, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} × {_processor()}, {platform.system()}, Python {platform.python_version()}, {packages}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def carry_out(measure: Callable[[], None], report: Report) -> int:
    """Measure, and say what misses its bar. Returns the exit code: 1 for a missed bar, 2 where it can't be measured."""
    try:
        measure()
    except BenchmarkFailed as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    if report.is_quiet:
        print(report.as_json())
    for figure in report.failed:
        report.say(f"\nToo much: {figure.name} is {figure.measured:.2f}, may be {figure.bar:.2f}")
    return 1 if report.failed else 0
