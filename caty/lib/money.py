"""Money as people read it."""


def dollars(microusd: int) -> str:
    """Cents for what is small, else dollars with two places."""
    usd = microusd / 1_000_000
    if 0 < usd < 0.01:
        return f"{usd * 100:.2f} ¢"
    return f"${usd:,.2f}"
