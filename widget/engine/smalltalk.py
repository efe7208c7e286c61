"""What can be understood of a message without knowing anything: small talk, the wish for a person, simple intents."""

import re

_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_MOST_WORDS = 6

# A message is small talk only where these and the fillers are all it consists of.
_SMALL_TALK = {
    "greeting": "hello hi hey howdy greetings good morning afternoon evening day hallo hi moin servus grüezi guten "
    "morgen tag abend grüß gott bonjour bonsoir salut coucou hola buenos buenas días dias tardes noches",
    "thanks": "thanks thank you thx ty cheers danke dankeschön vielen dank merci beaucoup gracias muchas help hilfe "
    "aide ayuda",
    "goodbye": "bye goodbye cya later tschüss tschüß ciao auf wiedersehen au revoir adiós adios hasta luego",
}
_TELLING = {
    "greeting": "hello hi hey howdy greetings hallo moin servus grüezi guten grüß bonjour bonsoir salut coucou hola "
    "buenos buenas morning afternoon evening",
    "thanks": "thanks thank thx ty cheers danke dankeschön dank merci gracias",
    "goodbye": "bye goodbye cya tschüss tschüß ciao wiedersehen revoir adiós adios luego",
}
_FILLER_WORDS = (
    "there all everyone team caty so very much a lot for your the ok okay great perfect super see "
    "ihr euch sehr zusammen für die ihre alles à tous pour votre por su todos y and und et"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
_ALLOWED = {kind: frozenset(words.split()) | _FILLERS for kind, words in _SMALL_TALK.items()}
_NEEDED = {kind: frozenset(words.split()) for kind, words in _TELLING.items()}

_HUMAN = re.compile(
    r"\b(?:(?:talk|speak|chat|connect\w*|transfer\w*)\b.{0,25}\b(?:human|person|someone|somebody|agent"
    r"|staff|representative|people)"
    r"|(?:real|live|actual) (?:human|person|agent)|human (?:please|agent|being|support)|customer service agent"
    r"|(?:mit|zu) (?:einem |einer |)(?:echten |richtigen |)(?:menschen|mitarbeiter\w*|person|kollegen|berater\w*)"
    r"|(?:jemand\w*|mensch\w*|mitarbeiter\w*)\b.{0,20}\b(?:sprechen|reden|verbinden)"
    r"|(?:parler|discuter)\b.{0,20}\b(?:quelqu'un|personne|humain|conseiller\w*|agent)|une vraie personne"
    r"|un (?:humain|conseiller)"
    r"|(?:hablar|contactar)\b.{0,20}\b(?:alguien|persona|humano|agente|asesor\w*)|una persona real"
    r"|un (?:humano|agente))\b"
    r"|^\W*(?:human|agent|mensch|mitarbeiter|humain|humano|persona)(?: please| bitte| por favor| s'il vous plaît)?\W*$",
    re.IGNORECASE,
)
# In this order: what hurts more counts first.
_INTENTS = (
    (
        "complaint",
        r"complain\w*|unacceptable|terrible|awful|disappoint\w*|angry|ridiculous|scam|worst|beschwer\w*"
        r"|unverschämt|enttäusch\w*"
        r"|frechheit|réclamation|inacceptable|déçue?s?|scandaleux|queja\w*|reclam\w*|inaceptable|decepcionad\w*|estafa",
    ),
    (
        "support_needed",
        r"(?:not|\w+n't|doesnt|dont) work\w*|broken|error|bug|problem\w*|issue|fails?|failed|crash\w*"
        r"|can't log ?in|defekt\w*|kaputt"
        r"|fehler\w*|funktioniert nicht|geht nicht|panne|erreur|marche pas|fonctionne pas|problème\w*"
        r"|problema\w*|no funciona"
        r"|falla|averiad\w*|roto",
    ),
    (
        "purchase_intent",
        r"(?:want|like|ready|how (?:do|can) i) (?:to )?(?:buy|order|book|purchase|subscribe|sign up)|buy"
        r"|purchase|sign me up"
        r"|kaufen|bestellen|buchen|abonnieren|acheter|commander|réserver|souscrire|comprar|pedir|reservar"
        r"|contratar|suscribir\w*",
    ),
    (
        "pricing_inquiry",
        r"pric(?:e|es|ing)|costs?|how much|fees?|rates?|quote|discount\w*|plans?|preise?|kostet|kosten"
        r"|tarife?|rabatt\w*|angebot"
        r"|wie teuer|prix|tarifs?|combien|coûte\w*|devis|remise|precios?|tarifas?|cuánto|cuanto|cuesta\w*"
        r"|presupuesto|descuento\w*",
    ),
)
_INTENT_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for name, words in _INTENTS)


def find_small_talk(text: str) -> str | None:
    """Return "greeting", "thanks" or "goodbye" where a message is that and nothing else."""
    words = _WORDS.findall(text.casefold().replace("’", "'"))
    if not words or len(words) > _MOST_WORDS:
        return None
    for kind, allowed in _ALLOWED.items():
        if all(word in allowed for word in words) and any(word in _NEEDED[kind] for word in words):
            return kind
    return None


def wants_human(text: str) -> bool:
    """Return whether a visitor asks for a person."""
    return bool(_HUMAN.search(text.replace("’", "'")))


def guess_intent(text: str) -> str:
    """Return the intent that the words of a message show; information_seeking where they show none."""
    plain = text.replace("’", "'")
    for name, pattern in _INTENT_PATTERNS:
        if pattern.search(plain):
            return name
    return "information_seeking"
