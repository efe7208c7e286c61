"""What visitors ask of nearly any business, by topic, in every language that the widget speaks.

The words are beginnings of words, in small letters: where one stands on a site, the site speaks of the topic.
"""

from dataclasses import dataclass

ORDER = ("delivery", "returns", "prices", "hours", "payment", "booking", "place", "warranty", "cancel", "contact")


@dataclass(frozen=True)
class Topic:
    question: str
    words: tuple[str, ...]


def _topics(*rows: tuple[str, str]) -> dict[str, Topic]:
    return {name: Topic(question, tuple(words.split("|"))) for name, (question, words) in zip(ORDER, rows, strict=True)}


TOPICS = {
    "en": _topics(
        ("How long does delivery take?", "deliver|shipping|shipment|dispatch|postage"),
        ("How do I send something back?", "return|refund|exchange|send back"),
        ("What does it cost?", "price|pricing|cost|fee|rate|per month"),
        ("When are you open?", "opening hours|opening times|open from|we are open|hours|closed on"),
        ("How can I pay?", "payment|pay by|credit card|paypal|invoice"),
        ("How do I book an appointment?", "appointment|booking|book a|reserv|schedule"),
        ("Where can I find you?", "our address|find us|directions|parking|visit us|location"),
        ("What about a warranty?", "warranty|guarantee"),
        ("How can I cancel?", "cancel|notice period"),
        ("How can I reach you?", "contact|phone|e-mail|email|call us"),
    ),
    "de": _topics(
        ("Wie lange dauert die Lieferung?", "liefer|versand|zustellung"),
        ("Wie sende ich etwas zurück?", "rückgabe|rücksend|retoure|umtausch|widerruf"),
        ("Was kostet das?", "preis|kosten|gebühr|tarif|pro monat"),
        ("Wann haben Sie geöffnet?", "öffnungszeit|geöffnet|sprechzeit|geschlossen"),
        ("Wie kann ich bezahlen?", "zahlung|bezahl|kreditkarte|paypal|rechnung"),
        ("Wie buche ich einen Termin?", "termin|buchung|buchen|reservier"),
        ("Wo finde ich Sie?", "anfahrt|adresse|standort|parkplätze|so finden sie"),
        ("Wie lange habe ich Garantie?", "garantie|gewährleistung"),
        ("Wie kann ich kündigen?", "kündig|stornier|storno"),
        ("Wie erreiche ich Sie?", "kontakt|telefon|e-mail|anruf"),
    ),
    "fr": _topics(
        ("Quels sont les délais de livraison ?", "livraison|livrer|expédi|envoi"),
        ("Comment retourner un article ?", "retour|rembours|échange|rétract"),
        ("Combien cela coûte-t-il ?", "prix|tarif|coût|frais|par mois"),
        ("Quels sont vos horaires ?", "horaire|ouvert|heures d’ouverture|heures d'ouverture|fermé"),
        ("Comment puis-je payer ?", "paiement|payer|carte bancaire|paypal|facture"),
        ("Comment prendre rendez-vous ?", "rendez-vous|réserv"),
        ("Où vous trouver ?", "adresse|plan d’accès|nous trouver|stationnement|parking"),
        ("Quelle est la garantie ?", "garanti"),
        ("Comment annuler ?", "annul|résili"),
        ("Comment vous joindre ?", "contact|téléphone|e-mail|courriel"),
    ),
    "es": _topics(
        ("¿Cuánto tarda el envío?", "envío|envia|entrega"),
        ("¿Cómo devuelvo un producto?", "devol|devuel|reembols|cambios"),
        ("¿Cuánto cuesta?", "precio|tarifa|coste|costo|al mes"),
        ("¿Qué horario tienen?", "horario|abierto|abrimos|cerrado"),
        ("¿Cómo puedo pagar?", "pago|pagar|tarjeta|paypal|factura"),
        ("¿Cómo pido una cita?", "cita|reserv"),
        ("¿Dónde están?", "dirección|cómo llegar|ubicación|aparcamiento"),
        ("¿Qué garantía hay?", "garantía"),
        ("¿Cómo puedo cancelar?", "cancel|anul"),
        ("¿Cómo puedo contactarles?", "contact|teléfono|correo|llám"),
    ),
    "it": _topics(
        ("Quanto tempo richiede la consegna?", "consegn|spedi"),
        ("Come restituisco un articolo?", "reso|resi|restitu|rimbors|recesso"),
        ("Quanto costa?", "prezz|tariff|cost|al mese"),
        ("Quando siete aperti?", "orari|aperti|apertura|chius"),
        ("Come posso pagare?", "pagament|pagare|carta di credito|paypal|fattura"),
        ("Come prenoto un appuntamento?", "appuntament|prenot"),
        ("Dove vi trovo?", "indirizzo|dove siamo|come arrivare|parcheggi"),
        ("Che garanzia c’è?", "garanzi"),
        ("Come posso disdire?", "disdi|annull|cancella"),
        ("Come posso contattarvi?", "contatt|telefon|e-mail|chiam"),
    ),
    "pt": _topics(
        ("Quanto tempo demora a entrega?", "entrega|envio|enviamos|expedi"),
        ("Como devolvo um artigo?", "devolu|devolver|reembols|troca"),
        ("Quanto custa?", "preço|tarifa|custo|custa|por mês"),
        ("Qual é o horário?", "horário|aberto|abertura|fechad"),
        ("Como posso pagar?", "pagament|pagar|cartão|paypal|fatura"),
        ("Como marco uma consulta?", "marcaç|marcar|agend|reserv"),
        ("Onde ficam?", "morada|endereço|como chegar|localização|estacionamento"),
        ("Que garantia existe?", "garantia"),
        ("Como posso cancelar?", "cancel|anula"),
        ("Como posso contactar-vos?", "contact|contat|telefone|e-mail|ligue"),
    ),
    "nl": _topics(
        ("Hoe lang duurt de levering?", "lever|bezorg|verzend"),
        ("Hoe stuur ik iets terug?", "retour|terugstu|ruilen|herroep"),
        ("Wat kost het?", "prijs|prijzen|tarief|tarieven|kosten|per maand"),
        ("Wanneer zijn jullie open?", "openingstijd|geopend|gesloten"),
        ("Hoe kan ik betalen?", "betaal|betalen|betaling|ideal|creditcard|factuur"),
        ("Hoe maak ik een afspraak?", "afspraak|reserv|boek"),
        ("Waar kan ik jullie vinden?", "adres|route|locatie|parkeren"),
        ("Welke garantie krijg ik?", "garantie"),
        ("Hoe kan ik opzeggen?", "opzeg|annuleer|annuler"),
        ("Hoe kan ik jullie bereiken?", "contact|telefoon|e-mail|bel ons"),
    ),
    "pl": _topics(
        ("Jak długo trwa dostawa?", "dostaw|wysył|przesył"),
        ("Jak mogę zwrócić towar?", "zwrot|zwróc|reklamac|wymian"),
        ("Ile to kosztuje?", "cena|ceny|cennik|koszt|opłat|miesięcznie"),
        ("W jakich godzinach jest otwarte?", "godzin|otwarte|czynne|zamknięte"),
        ("Jak mogę zapłacić?", "płatno|zapłac|kartą|przelew|faktur"),
        ("Jak umówić wizytę?", "wizyt|rezerw|umów|termin"),
        ("Gdzie się znajdujecie?", "adres|dojazd|lokalizac|parking"),
        ("Jaka jest gwarancja?", "gwaranc|rękojm"),
        ("Jak mogę zrezygnować?", "rezygn|anul|wypowiedz"),
        ("Jak się skontaktować?", "kontakt|telefon|e-mail|zadzwoń"),
    ),
    "ro": _topics(
        ("Cât durează livrarea?", "livr|expedi|transport"),
        ("Cum returnez un produs?", "retur|ramburs|schimb"),
        ("Cât costă?", "preț|pret|tarif|cost|pe lună"),
        ("Care este programul?", "program|orar|deschis|închis"),
        ("Cum pot plăti?", "plată|plăti|plata|card|factur"),
        ("Cum fac o programare?", "programare|programări|rezerv"),
        ("Unde vă găsesc?", "adres|locați|cum ajungeți|parcare"),
        ("Ce garanție există?", "garanți"),
        ("Cum pot anula?", "anul|rezili"),
        ("Cum vă pot contacta?", "contact|telefon|e-mail|suna"),
    ),
    "ar": _topics(
        ("كم تستغرق مدة التوصيل؟", "توصيل|شحن|التسليم"),
        ("كيف يمكنني إرجاع منتج؟", "إرجاع|استرجاع|استبدال|استرداد"),
        ("كم التكلفة؟", "سعر|أسعار|تكلفة|رسوم"),
        ("ما هي ساعات العمل؟", "ساعات العمل|أوقات العمل|مفتوح|مغلق"),
        ("كيف يمكنني الدفع؟", "الدفع|بطاقة|فاتورة"),
        ("كيف أحجز موعدًا؟", "حجز|موعد|مواعيد"),
        ("أين موقعكم؟", "العنوان|موقعنا|الموقع"),
        ("ما هو الضمان؟", "ضمان"),
        ("كيف يمكنني الإلغاء؟", "إلغاء"),
        ("كيف يمكنني التواصل معكم؟", "تواصل|اتصل|هاتف|البريد"),
    ),
    "he": _topics(
        ("כמה זמן לוקח המשלוח?", "משלוח|אספקה"),
        ("איך מחזירים מוצר?", "החזר|החלפ|החזרות"),
        ("כמה זה עולה?", "מחיר|עלות|תעריף"),
        ("מהן שעות הפתיחה?", "שעות פתיחה|שעות הפתיחה|פתוח|סגור"),
        ("איך אפשר לשלם?", "תשלום|לשלם|אשראי|חשבונית"),
        ("איך קובעים תור?", "תור|הזמנת מקום|לקבוע"),
        ("איפה אתם נמצאים?", "כתובת|הגעה|חניה|מיקום"),
        ("מה כוללת האחריות?", "אחריות"),
        ("איך אפשר לבטל?", "ביטול|לבטל"),
        ("איך אפשר ליצור קשר?", "צור קשר|צרו קשר|טלפון|דוא"),
    ),
}

# Asked everywhere.
ALWAYS = {
    "en": "What do you offer?",
    "de": "Was bieten Sie an?",
    "fr": "Que proposez-vous ?",
    "es": "¿Qué ofrecen?",
    "it": "Che cosa offrite?",
    "pt": "O que oferecem?",
    "nl": "Wat bieden jullie aan?",
    "pl": "Co oferujecie?",
    "ro": "Ce oferiți?",
    "ar": "ماذا تقدمون؟",
    "he": "מה אתם מציעים?",
}

ROLES = {
    "en": "Assistant of {business}",
    "de": "Assistent von {business}",
    "fr": "Assistant de {business}",
    "es": "Asistente de {business}",
    "it": "Assistente di {business}",
    "pt": "Assistente de {business}",
    "nl": "Assistent van {business}",
    "pl": "Asystent {business}",
    "ro": "Asistentul {business}",
    "ar": "مساعد {business}",
    "he": "העוזר של {business}",
}
