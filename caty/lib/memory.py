"""What a process remembers for a short while, so that hot requests cost no round trip."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class ShortMemory:
    """At most `size` values, each for `seconds`; the oldest make room. Safe among threads and greenlets.

    Other processes learn nothing of what is put or forgotten here: what is kept may be stale by `seconds`.
    """

    def __init__(self, *, size: int, seconds: float, clock: Callable[[], float] = time.monotonic):
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._values: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Any | None:
        """The value, or None when it was never put, is too old or had to make room."""
        entry = self._values.get(key)
        return entry[1] if entry is not None and self._clock() < entry[0] else None

    def put(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = (self._clock() + self._seconds, value)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        with self._lock:
            self._values.pop(key, None)

    def forget_where(self, is_stale: Callable[[Any], bool]) -> None:
        """Forget every value for which `is_stale(value)` holds."""
        with self._lock:
            for key in [key for key, (_, value) in self._values.items() if is_stale(value)]:
                del self._values[key]

    def clear(self) -> None:
        with self._lock:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)
