import pytest

from widget.engine.contracts import Action, AnswerSource
from widget.engine.language import guess_language
from widget.engine.offline import answer_offline
from widget.engine.phrases import PHRASES
from widget.engine.smalltalk import find_small_talk, guess_intent, wants_human
from widget.tests.engine_cast import make_config, make_found, make_passage, make_request

FAQ = make_passage("p1")
CHUNK = make_passage(
    "p2", question="", heading="Opening hours", title="Visit us", body="Open from 9 to 5.\nSunday closed."
)


def ask(message="How long does shipping take?", *, found=None, **config):
    found = make_found(FAQ) if found is None else found
    request = make_request(message, found=found, config=make_config(**config))
    return answer_offline(request, fallback_reason="no_key")


def test_question_in_the_knowledge_is_answered_with_its_text():
    reply = ask()

    assert reply.content == "We ship within two days."
    assert reply.answered_by == "knowledge"
    assert reply.fallback_reason == "no_key"
    assert reply.confidence == 0.8
    assert reply.sources == (AnswerSource(title="Shipping", url="https://acme.example/shipping"),)
    assert reply.passages_used == ("p1",)
    assert reply.is_unanswered is False


def test_prose_is_quoted_with_its_link_and_not_called_the_answer():
    reply = ask("When are you open?", found=make_found(CHUNK))

    assert reply.content == "This is what I found on “Visit us”:\n\n> Open from 9 to 5.\n> Sunday closed."
    assert reply.suggested_actions == (Action(label="Read more", action="link", url="https://acme.example/shipping"),)


def test_long_prose_is_quoted_in_part():
    long = make_passage("p3", question="", body="word " * 1000)

    assert len(ask(found=make_found(long)).content) < 1000


def test_doubtful_finds_are_offered_as_questions():
    twin = make_passage("p4")
    others = [make_passage("p5", question="Is it free?"), make_passage("p6", question="More?")]
    reply = ask("shiping", found=make_found(FAQ, twin, CHUNK, *others, zone="suggest", probability=0.4))

    assert reply.content == "I'm not sure I understood you. Did you mean one of these?"
    assert reply.suggested_actions == (
        Action(label="How long does shipping take?", action="message"),
        Action(label="Opening hours", action="message"),
        Action(label="Is it free?", action="message"),
        Action(label="Talk to a person", action="handoff"),
    )
    assert reply.is_unanswered is True
    assert reply.confidence == 0.4


def test_unknown_is_refused_and_a_person_offered():
    reply = ask("Can I pay with shells?", found=make_found(FAQ, zone="refuse", probability=0.1))

    assert reply.content == "I don't know that, and I'd rather not guess. Shall I get someone from our team?"
    assert [action.action for action in reply.suggested_actions] == ["handoff", "lead_form"]
    assert reply.is_unanswered is True
    assert reply.confidence == 0.1
    assert reply.sources == ()


def test_refusal_offers_only_what_there_is():
    nothing = make_found(zone="refuse", probability=0.0)
    form = ask("shells?", found=nothing, behavior={"handoff_enabled": False})
    neither = ask("shells?", found=nothing, behavior={"handoff_enabled": False, "lead_form_enabled": False})

    assert form.content.endswith("Leave us a message and someone from our team will get back to you.")
    assert [action.action for action in form.suggested_actions] == ["lead_form"]
    assert neither.content.endswith("Could you put it in other words?")
    assert neither.suggested_actions == ()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Kann ich mit Muscheln bezahlen?", "Das weiß ich nicht"),
        ("Puis-je payer avec des coquillages ?", "Je ne le sais pas"),
        ("¿Puedo pagar con conchas?", "No lo sé"),
        ("Can I pay with shells?", "I don't know that"),
    ],
)
def test_refusal_is_in_the_visitors_language(message, expected):
    assert ask(message, found=make_found(zone="refuse")).content.startswith(expected)


def test_business_language_where_the_message_does_not_tell():
    assert ask("???", found=make_found(zone="refuse"), language="de-AT").content.startswith("Das weiß ich nicht")
    assert ask("???", found=make_found(zone="refuse"), language="ja").content.startswith("I don't know")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Hello!", "greeting"),
        ("hi there", "greeting"),
        ("Guten Morgen", "greeting"),
        ("bonjour à tous", "greeting"),
        ("¡Hola! Buenos días", "greeting"),
        ("thanks a lot!", "thanks"),
        ("Vielen Dank für Ihre Hilfe", "thanks"),
        ("merci beaucoup", "thanks"),
        ("ok, muchas gracias", "thanks"),
        ("bye", "goodbye"),
        ("Auf Wiedersehen", "goodbye"),
        ("au revoir", "goodbye"),
        ("hasta luego", "goodbye"),
        ("hello, how long does shipping take?", None),
        ("hi, opening hours", None),
        ("thanks but it is broken", None),
        ("good", None),
        ("day", None),
        ("", None),
        ("!!!", None),
    ],
)
def test_small_talk_is_only_what_is_nothing_else(message, kind):
    assert find_small_talk(message) == kind


def test_small_talk_is_answered_before_anything_is_looked_up():
    reply = ask("Hello!")

    assert reply.content == "Hello! What would you like to know about Acme?"
    assert reply.intent == "greeting"
    assert reply.is_unanswered is False
    assert reply.sources == ()


@pytest.mark.parametrize(
    "message",
    [
        "Can I talk to a human?",
        "I want to speak with someone from support",
        "human please",
        "agent",
        "real person",
        "Ich möchte mit einem Menschen sprechen",
        "Kann ich mit jemandem sprechen?",
        "Je veux parler à quelqu'un",
        "Je veux parler à quelqu’un",
        "un conseiller",
        "Quiero hablar con una persona",
        "humano por favor",
    ],
)
def test_wish_for_a_person_is_understood(message):
    assert wants_human(message) is True
    reply = ask(message)
    assert reply.intent == "human_request"
    assert reply.suggested_actions[0].action == "handoff"


@pytest.mark.parametrize("message", ["Is there human resources?", "What does an agent cost?", "Wie viele Mitarbeiter?"])
def test_mention_of_people_is_no_wish_for_one(message):
    assert wants_human(message) is False


def test_no_person_is_promised_where_there_is_none():
    reply = ask("human please", behavior={"handoff_enabled": False, "lead_form_enabled": False})

    assert reply.content == "I can't bring in a person right here. You can reach us through our website."
    assert reply.suggested_actions == ()


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("What are your pricing plans?", "pricing_inquiry"),
        ("Was kostet das?", "pricing_inquiry"),
        ("Combien ça coûte ?", "pricing_inquiry"),
        ("¿Cuánto cuesta?", "pricing_inquiry"),
        ("I want to buy two", "purchase_intent"),
        ("Ich möchte bestellen", "purchase_intent"),
        ("je voudrais acheter", "purchase_intent"),
        ("quiero comprar", "purchase_intent"),
        ("The login doesn't work", "support_needed"),
        ("Das Gerät ist kaputt", "support_needed"),
        ("ça ne marche pas", "support_needed"),
        ("no funciona", "support_needed"),
        ("This is unacceptable, I want to complain", "complaint"),
        ("Ich will mich beschweren", "complaint"),
        ("When are you open?", "information_seeking"),
    ],
)
def test_simple_intents(message, intent):
    assert guess_intent(message) == intent


def test_complaint_without_an_answer_begins_with_regret():
    reply = ask("I want to complain", found=make_found(zone="refuse"))

    assert reply.content.startswith("I'm sorry that something went wrong. I don't know that")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order?", "en"),
        ("Wo ist meine Bestellung?", "de"),
        ("Où est ma commande ?", "fr"),
        ("¿Dónde está mi pedido?", "es"),
        ("Lieferzeit", "en"),
        ("größe", "de"),
        ("", "en"),
        ("12345", "en"),
    ],
)
def test_language_is_guessed_from_few_words(text, language):
    assert guess_language(text, fallback="en") == language


def test_every_language_has_every_sentence():
    assert all(phrases.keys() == PHRASES["en"].keys() for phrases in PHRASES.values())
    assert all(len(text) <= 40 for phrases in PHRASES.values() for name, text in phrases.items() if "label" in name)


def test_empty_passage_is_no_answer():
    assert ask(found=make_found(make_passage(body=" \x00 "))).is_unanswered is True


@pytest.mark.parametrize(
    ("message", "thanks"),
    [
        ("My mail is jane@example.com, please call me", "Thank you!"),
        ("Bitte rufen Sie mich an, meine Nummer ist 030 23125 123", "Danke!"),
    ],
)
def test_contact_details_are_acknowledged_before_anything_is_guessed(message, thanks):
    request = make_request(message, found=make_found(FAQ, zone="suggest"), has_left_contact=True)

    reply = answer_offline(request, fallback_reason="no_key")

    assert reply.content.startswith(thanks)
    assert not reply.is_unanswered
