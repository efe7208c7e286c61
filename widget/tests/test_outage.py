"""What a visitor notices while a service is away: nothing, but for limits that let everybody pass."""

from leads.models import Lead
from widget.models import Message
from widget.tests.door import Door


def test_without_redis_visitors_are_served(acme, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    door = Door(acme)

    session_id = door.start()
    answered = door.ask(session_id)
    lead = door.post("lead", {"session_id": session_id, "email": "jane@example.com"})

    assert (answered.status_code, lead.status_code) == (200, 200)
    assert Message.objects.count() == 2
    assert Lead.objects.get().email == "jane@example.com"
    assert "throttle.unavailable" in caplog.text
