"""How English names speakers and asks for abbreviations: data for the reading of questions, no logic."""

import re

SPEAKER_LEAD = re.compile(
    r"^(?:the|a|an|mr|mrs|ms|dr|president|(?:foreign |prime )?minister|spokes(?:man|woman|person))\b\.?\s*",
    re.IGNORECASE,
)
PARTICLES = frozenset({"of", "the", "de", "da", "di", "van", "von", "der", "den", "al", "el", "bin"})
"""Small words inside names, which no capital marks."""

OFFICE = re.compile(
    r"\b(?:minister|president|premier|chancellor|spokes(?:man|woman|person|people)|ambassador|secretary|governor|mayor|senator|"
    r"chief|chair(?:man|woman|person)?|director|commissioner|king|queen|pope|general|judge|leader|head|ceo|councillor|"
    r"envoy|prosecutor|attorney|lawyer|founder|owner|coach|captain|congress(?:man|woman)|speaker|official|representative)\b",
    re.IGNORECASE,
)
"""Words by which questions call somebody without a name."""

OF_ANOTHER_OFFICE = frozenset(
    {"deputy", "vice", "former", "ex", "shadow", "acting", "assistant", "designate", "elect", "late"}
)
"""Words beside an office that make it another one: no deputy prime minister is the prime minister."""

STANDS_FOR = re.compile(
    r"^what (?:does|do|is) (?P<short>[A-Z][A-Za-z.]+) (?:stand for|short for|mean)\b", re.IGNORECASE
)

_A_NAME = r"(?P<{0}>[A-Z][\w.’'-]*(?: (?:of |the |and |for )*[A-Z][\w.’'-]*)*)"
WHO_IS = re.compile(
    r"^(?:[Ww]ho|[Ww]hat) (?:exactly |precisely )?(?:is|are|was|were) (?:the |this |an? )?"
    + _A_NAME.format("name")
    + "$"
    r"|^[Ww]hat (?:sort|kind|type) of (?:an? )?(?:\w+ ){0,2}?(?:is|are|was|were) (?:the )?"
    + _A_NAME.format("thing")
    + "$"
)
"""Questions for who or what somebody or something is; a capital tells a name."""
