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
        ("How long does delivery take?", "deliver|ship|dispatch|postage"),
        ("How do I return something?", "return|refund|exchange|send back"),
        ("What are your prices?", "price|pricing|cost|fee|rate|per month"),
        ("What are your opening hours?", "opening hours|opening times|open from|we are open|hours|closed on"),
        ("How can I pay?", "payment|pay by|credit card|paypal|invoice"),
        ("How do I book an appointment?", "appointment|booking|book a|reserv|schedule"),
        ("What is your address?", "our address|find us|directions|parking|visit us|location"),
        ("What warranty is there?", "warranty|guarantee"),
        ("How can I cancel?", "cancel|notice period"),
        ("How can I contact you?", "contact|phone|e-mail|email|call us"),
    ),
    "de": _topics(
        ("Wie lange dauert die Lieferung?", "liefer|versand|zustellung"),
        ("Wie funktioniert die Rückgabe?", "rückgabe|rücksend|retoure|umtausch|widerruf"),
        ("Wie hoch sind die Preise?", "preis|kosten|gebühr|tarif|pro monat"),
        ("Wie sind Ihre Öffnungszeiten?", "öffnungszeit|geöffnet|sprechzeit|geschlossen"),
        ("Welche Zahlungsarten gibt es?", "zahlung|bezahl|kreditkarte|paypal|rechnung"),
        ("Wie buche ich einen Termin?", "termin|buchung|buchen|reservier"),
        ("Wie lautet Ihre Adresse?", "anfahrt|adresse|standort|parkplätze|so finden sie"),
        ("Wie lange habe ich Garantie?", "garantie|gewährleistung"),
        ("Wie kann ich kündigen?", "kündig|stornier|storno"),
        ("Wie kann ich Kontakt aufnehmen?", "kontakt|telefon|e-mail|anruf"),
    ),
    "fr": _topics(
        ("Quels sont les délais de livraison ?", "livraison|livrer|expédi|envoi"),
        ("Comment faire un retour ?", "retour|rembours|échange|rétract"),
        ("Quels sont vos tarifs ?", "prix|tarif|coût|frais|par mois"),
        ("Quels sont vos horaires ?", "horaire|ouvert|heures d’ouverture|heures d'ouverture|fermé"),
        ("Quels moyens de paiement acceptez-vous ?", "paiement|payer|carte bancaire|paypal|facture"),
        ("Comment prendre rendez-vous ?", "rendez-vous|réserv"),
        ("Quelle est votre adresse ?", "adresse|plan d’accès|nous trouver|stationnement|parking"),
        ("Quelle est la garantie ?", "garanti"),
        ("Comment annuler ?", "annul|résili"),
        ("Comment vous contacter ?", "contact|téléphone|e-mail|courriel"),
    ),
    "es": _topics(
        ("¿Cuánto tarda el envío?", "envío|envia|entrega"),
        ("¿Cómo hago una devolución?", "devol|devuel|reembols|cambios"),
        ("¿Qué precios tienen?", "precio|tarifa|coste|costo|al mes"),
        ("¿Qué horario tienen?", "horario|abierto|abrimos|cerrado"),
        ("¿Qué formas de pago hay?", "pago|pagar|tarjeta|paypal|factura"),
        ("¿Cómo pido una cita?", "cita|reserv"),
        ("¿Cuál es su dirección?", "dirección|cómo llegar|ubicación|aparcamiento"),
        ("¿Qué garantía hay?", "garantía"),
        ("¿Cómo puedo cancelar?", "cancel|anul"),
        ("¿Cómo puedo contactarles?", "contact|teléfono|correo|llám"),
    ),
    "it": _topics(
        ("Quanto tempo richiede la consegna?", "consegn|spedi"),
        ("Come faccio un reso?", "reso|resi|restitu|rimbors|recesso"),
        ("Quali sono i prezzi?", "prezz|tariff|cost|al mese"),
        ("Quali sono gli orari di apertura?", "orari|aperti|apertura|chius"),
        ("Quali metodi di pagamento accettate?", "pagament|pagare|carta di credito|paypal|fattura"),
        ("Come prenoto un appuntamento?", "appuntament|prenot"),
        ("Qual è il vostro indirizzo?", "indirizzo|dove siamo|come arrivare|parcheggi"),
        ("Che garanzia c’è?", "garanzi"),
        ("Come posso disdire?", "disdi|annull|cancella"),
        ("Come posso contattarvi?", "contatt|telefon|e-mail|chiam"),
    ),
    "pt": _topics(
        ("Quanto tempo demora a entrega?", "entrega|envio|enviamos|expedi"),
        ("Como faço uma devolução?", "devolu|devolver|reembols|troca"),
        ("Quais são os preços?", "preço|tarifa|custo|custa|por mês"),
        ("Qual é o horário?", "horário|aberto|abertura|fechad"),
        ("Que formas de pagamento aceitam?", "pagament|pagar|cartão|paypal|fatura"),
        ("Como marco uma consulta?", "marcaç|marcar|agend|reserv"),
        ("Qual é a morada?", "morada|endereço|como chegar|localização|estacionamento"),
        ("Que garantia existe?", "garantia"),
        ("Como posso cancelar?", "cancel|anula"),
        ("Como posso contactar-vos?", "contact|contat|telefone|e-mail|ligue"),
    ),
    "nl": _topics(
        ("Hoe lang duurt de levering?", "lever|bezorg|verzend"),
        ("Hoe werkt retourneren?", "retour|terugstu|ruilen|herroep"),
        ("Wat zijn de prijzen?", "prijs|prijzen|tarief|tarieven|kosten|per maand"),
        ("Wat zijn de openingstijden?", "openingstijd|geopend|gesloten"),
        ("Hoe kan ik betalen?", "betaal|betalen|betaling|ideal|creditcard|factuur"),
        ("Hoe maak ik een afspraak?", "afspraak|reserv|boek"),
        ("Wat is het adres?", "adres|route|locatie|parkeren"),
        ("Welke garantie krijg ik?", "garantie"),
        ("Hoe kan ik opzeggen?", "opzeg|annuleer|annuler"),
        ("Hoe neem ik contact op?", "contact|telefoon|e-mail|bel ons"),
    ),
    "pl": _topics(
        ("Jak długo trwa dostawa?", "dostaw|wysył|przesył"),
        ("Jak działa zwrot?", "zwrot|zwróc|reklamac|wymian"),
        ("Jakie są ceny?", "cena|ceny|cennik|koszt|opłat|miesięcznie"),
        ("Jakie są godziny otwarcia?", "godzin|otwarte|czynne|zamknięte"),
        ("Jakie są formy płatności?", "płatno|zapłac|kartą|przelew|faktur"),
        ("Jak umówić wizytę?", "wizyt|rezerw|umów|termin"),
        ("Jaki jest adres?", "adres|dojazd|lokalizac|parking"),
        ("Jaka jest gwarancja?", "gwaranc|rękojm"),
        ("Jak mogę zrezygnować?", "rezygn|anul|wypowiedz"),
        ("Jak się skontaktować?", "kontakt|telefon|e-mail|zadzwoń"),
    ),
    "ro": _topics(
        ("Cât durează livrarea?", "livr|expedi|transport"),
        ("Cum fac un retur?", "retur|ramburs|schimb"),
        ("Care sunt prețurile?", "preț|pret|tarif|cost|pe lună"),
        ("Care este programul?", "program|orar|deschis|închis"),
        ("Ce metode de plată acceptați?", "plată|plăti|plata|card|factur"),
        ("Cum fac o programare?", "programare|programări|rezerv"),
        ("Care este adresa?", "adres|locați|cum ajungeți|parcare"),
        ("Ce garanție există?", "garanți"),
        ("Cum pot anula?", "anul|rezili"),
        ("Cum vă pot contacta?", "contact|telefon|e-mail|suna"),
    ),
    "ar": _topics(
        ("كم تستغرق مدة التوصيل؟", "توصيل|شحن|التسليم"),
        ("كيف يتم الإرجاع؟", "إرجاع|استرجاع|استبدال|استرداد"),
        ("ما هي الأسعار؟", "سعر|أسعار|تكلفة|رسوم"),
        ("ما هي ساعات العمل؟", "ساعات العمل|أوقات العمل|مفتوح|مغلق"),
        ("ما هي طرق الدفع؟", "الدفع|بطاقة|فاتورة"),
        ("كيف أحجز موعدًا؟", "حجز|موعد|مواعيد"),
        ("ما هو العنوان؟", "العنوان|موقعنا|الموقع"),
        ("ما هو الضمان؟", "ضمان"),
        ("كيف يمكنني الإلغاء؟", "إلغاء"),
        ("كيف يمكنني التواصل معكم؟", "تواصل|اتصل|هاتف|البريد"),
    ),
    "he": _topics(
        ("כמה זמן לוקח המשלוח?", "משלוח|אספקה"),
        ("איך עובד ההחזר?", "החזר|החלפ|החזרות"),
        ("מה המחיר?", "מחיר|עלות|תעריף"),
        ("מהן שעות הפתיחה?", "שעות פתיחה|שעות הפתיחה|פתוח|סגור"),
        ("מהן אפשרויות התשלום?", "תשלום|לשלם|אשראי|חשבונית"),
        ("איך קובעים תור?", "תור|הזמנת מקום|לקבוע"),
        ("מה הכתובת?", "כתובת|הגעה|חניה|מיקום"),
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
