"""How English questions ask what somebody said: data for `rag.answering.question`, no logic."""

import re

_SAYING = (
    "say|says|said|saying|think|thinks|thought|tell|tells|told|state|states|stated|claim|claims|claimed",
    "warn|warns|warned|announce|announces|announced|add|adds|added|note|notes|noted|explain|explains|explained",
    "confirm|confirms|confirmed|deny|denies|denied|emphasi[sz]e[sd]?|stress|stresses|stressed|comment|comments|commented",
    "call|calls|called|promise|promises|promised|hope|hopes|hoped|accuse|accuses|accused|suggest|suggests|suggested",
    "indicate|indicates|indicated|reject|rejects|rejected|critici[sz]e[sd]?|describe[sd]?|react|reacts|reacted",
    "respond|responds|responded|remark|remarks|remarked|mention|mentions|mentioned|argue|argues|argued",
    "report|reports|reported|want|wants|wanted|plan|plans|planned|believe|believes|believed|demand|demands|demanded",
)
_SAY = f"(?P<verb>{'|'.join(_SAYING)})"
_ABOUT = "(?:about|on|of|regarding|concerning|over|as to|towards?)"
_AUXILIARY = "(?:did|does|do|has|have|had|is|was|were|would)"
_OFTEN = "(?:also |ever |publicly |exactly )?"
_WORDS_OF = "(?:quotes?|views?|position|opinions?|stance|statements?|comments?|remarks?|words|reaction|response|take)"
_SPEAKER = "(?P<speaker>.+?)"
_TOPIC = "(?: (?P<topic>.+))?"
_ABOUT_TOPIC = f"(?: {_ABOUT} (?P<topic>.+))?"


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


TOPIC_IS_A_NOUN = _compiled(
    f"what (?:is|are|was|were) {_SPEAKER}(?:[’']s?) {_WORDS_OF}{_ABOUT_TOPIC}",
    f"(?:show|list|give)(?: me)?(?: all| every)? (?:the )?{_WORDS_OF} (?:by|from|of) {_SPEAKER}{_ABOUT_TOPIC}",
    "(?P<speaker>[^,]+?) (?:on|about|regarding) (?P<topic>.+)",
)
ASKS_WHAT_SOMEBODY_SAID = (
    *_compiled(
        f"(?:what|how|when|where|why)(?: else| exactly| precisely)? {_AUXILIARY} {_SPEAKER} {_OFTEN}{_SAY}{_TOPIC}",
        f"{_AUXILIARY} {_SPEAKER} {_OFTEN}{_SAY}{_TOPIC}",
        f"(?:everything|all) {_SPEAKER} {_SAY}{_TOPIC}",
        "according to (?P<speaker>[^,]+?), (?P<topic>.+)",
    ),
    *TOPIC_IS_A_NOUN,
)
"""Tried in order on the question without its closing mark; `speaker` must then prove to be a name."""

ABOUT = re.compile(f"(?:(?:anything|something) )?{_ABOUT}\\b", re.IGNORECASE)
PLAIN_VERBS = re.compile(
    "(?:say|said|saying|think|thought|tell|told|state|add|note|comment|remark|mention|report)", re.IGNORECASE
)
"""Beginnings of the verbs that say nothing of how something was said."""

WHO_SAID = re.compile(f"who (?:else )?{_SAY} (?P<topic>.+)", re.IGNORECASE)
TOPIC_LEAD = re.compile(f"^(?:(?:that|anything|something|{_ABOUT}) )+", re.IGNORECASE)
LEADING = re.compile(r"^[\s….]*(?:(?:and|but|so|also|then|well|ok|okay|please|now)\b[,\s]*)*", re.IGNORECASE)
WHAT_ABOUT = re.compile("^(?:what|how) about ", re.IGNORECASE)
PRONOUN = re.compile(r"\b(?:he|she|they)\b", re.IGNORECASE)
SPEAKER_LEAD = re.compile(
    r"^(?:the|a|an|mr|mrs|ms|dr|president|(?:foreign |prime )?minister|spokes(?:man|woman|person))\b\.?\s*",
    re.IGNORECASE,
)
PARTICLES = frozenset({"of", "the", "de", "da", "di", "van", "von", "der", "den", "al", "el", "bin"})
"""Small words inside names, which no capital marks."""

OFFICE = re.compile(
    r"\b(?:minister|president|premier|chancellor|spokes(?:man|woman|person)|ambassador|secretary|governor|mayor|senator|"
    r"chief|chair(?:man|woman|person)?|director|commissioner|king|queen|pope|general|judge|leader|head|ceo)\b",
    re.IGNORECASE,
)
"""Words by which questions call somebody without a name."""

_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
DATED = re.compile(
    rf"\s*\b(?:in|on|since|before|after|during|until|from)(?: (?:early|late|mid))?(?: \d{{1,2}})? ?(?:{_MONTH},? )?"
    rf"(?:(?:1[89]|20)\d\d|{_MONTH})\b|\s*\b(?:last|this) (?:week|month|year)\b|\s*\b(?:today|yesterday)\b",
    re.IGNORECASE,
)
"""A date in the topic of a question."""

STANDS_FOR = re.compile(
    r"^what (?:does|do|is) (?P<short>[A-Z][A-Za-z.]+) (?:stand for|short for|mean)\b", re.IGNORECASE
)

QUESTION_WORDS = re.compile(
    "^(?:for |in |since |until )?(?:how (?:many|much|long|old|large|big|high|far|often|come)|"
    "(?:what|which) (?:share|percentage|per cent|proportion|number|amount|kind|sort|day|date|year|month) of|"
    r"(?:what|which) (?:year|month|day|date)|when|where|who|whom|whose|why|what|which|how)\b",
    re.IGNORECASE,
)
"""The words by which a question asks; the rest is what it asks about."""

NOT_A_QUESTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.*\b(?:instructions?|prompts?|rules?|articles?|above|previous)\b|"
    r"\byou are now\b|\bpretend\b|\bsystem prompt\b|"
    r"^(?:hi|hello|hey|thanks|thank you|good (?:morning|evening|afternoon))\b",
    re.IGNORECASE,
)
