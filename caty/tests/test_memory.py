"""What a process remembers for a while."""

from caty.lib.memory import ShortMemory


def test_a_value_is_kept_until_its_time_is_over():
    now = [0.0]
    memory = ShortMemory(size=2, seconds=30, clock=lambda: now[0])
    memory.put("a", 1)

    now[0] = 29.9
    assert memory.find("a") == 1
    now[0] = 30.0
    assert memory.find("a") is None


def test_the_oldest_makes_room():
    memory = ShortMemory(size=2, seconds=30)

    for name in ("a", "b", "a", "c"):
        memory.put(name, name)

    assert [memory.find(name) for name in "abc"] == ["a", None, "c"]
    assert len(memory) == 2


def test_what_is_stale_is_forgotten():
    memory = ShortMemory(size=9, seconds=30)
    for number in range(4):
        memory.put(number, number)

    memory.forget_where(lambda value: value % 2 == 0)
    memory.forget(3)
    memory.forget("unknown")

    assert [memory.find(number) for number in range(4)] == [None, 1, None, None]
