"""What one process keeps in memory: least recently used goes first when the bytes run out."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class ByteBoundCache:
    """A mapping that holds `most_bytes` at most, or one value larger than that. Safe among threads and greenlets.

    The lock is never held across anything that waits.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Any | None:
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: Hashable, value: Any, *, size_bytes: int) -> None:
        with self._lock:
            self._drop(key)
            self._held[key] = (value, size_bytes)
            self._bytes += size_bytes
            while self._bytes > self.most_bytes and len(self._held) > 1:
                self._drop(next(iter(self._held)))

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._bytes

    def _drop(self, key: Hashable) -> None:
        _, size = self._held.pop(key, (None, 0))
        self._bytes -= size
