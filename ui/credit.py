"""Who said it and how it is told: one rendering for answers, lists, sources, drafts and exports. It knows no page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from rag import STANDINGS, enumerated
from rag.core import Citation, Kind, Span, Standing, Statement
from ui.escape import attribute, text

KIND_WORDS: dict[Kind, str] = {
    "direct": "direct quote",
    "mixed": "reported, partly quoted",
    "reported": "reported",
    "narration": "the article’s own words",
}

UNNAMED = "Unnamed speaker"
"""Who said a quote that the article gives to nobody by name; what it reports of such is credited to the article."""

WHICH = "the article does not say which"
NOT_CERTAIN = "speaker not certain"
_HUES = 8


class Voice(Protocol):
    """What a statement and a citation have in common: a speaker, and how the words are told."""

    @property
    def speaker(self) -> str | None:
        """Who speaks, as far as known by name."""

    @property
    def via(self) -> str | None:
        """Who passed the words on."""

    @property
    def kind(self) -> Kind:
        """Whether the words are quoted or reported."""

    @property
    def standing(self) -> Standing:
        """Whether they count as said."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """Those between whom the article leaves it open."""

    @property
    def speaks_for(self) -> str | None:
        """Whose spokesman, lawyer or office the speaker is."""

    @property
    def is_certain(self) -> bool:
        """Whether the speaker can be named without a remark."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Whom words are credited to. `is_open` says that `who` are several, of whom only one spoke.

    `remarks` must stand beside the name, `standing` too where the words do not count as said; `facts` are how the
    article gives the words.
    """

    who: str
    is_open: bool = False
    remarks: tuple[str, ...] = ()
    standing: str = ""
    facts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`Ada Lund`, or `Ada Lund or Bo Lund, the article does not say which`."""
        return f"{self.who}, {WHICH}" if self.is_open else self.who

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must not be left out where the name stands alone."""
        return tuple(filter(None, (self.name if self.is_open else "", *self.remarks, self.standing)))

    @property
    def text(self) -> str:
        """`Ada Lund (speaker not certain; reported, via Reuters)`."""
        told = "; ".join(filter(None, (*self.remarks, self.standing, ", ".join(self.facts))))
        return f"{self.name} ({told})" if told else self.name


def credit_of(voice: Voice, otherwise: str = UNNAMED) -> Credit:
    """How a statement is credited; to `otherwise` where nobody is named."""
    who = voice.speaker or (enumerated(voice.candidates, "or") if voice.candidates else otherwise)
    for_whom = [f"speaks for {voice.speaks_for}"] if voice.speaks_for else []
    via = [f"via {voice.via}"] if voice.via else []
    return Credit(
        who,
        is_open=not voice.speaker and len(voice.candidates) > 1,
        remarks=() if voice.is_certain else (NOT_CERTAIN,),
        standing=STANDINGS.get(voice.standing, ""),
        facts=(*for_whom, KIND_WORDS[voice.kind], *via),
    )


def citation_credit(citation: Citation) -> Credit:
    """How a citation is credited: to its speaker, or to the article where that tells it in its own name."""
    return credit_of(citation, origin(citation) if is_narrated(citation) else UNNAMED)


def is_narrated(citation: Citation) -> bool:
    """Whether the article is credited itself."""
    unnamed = citation.speaker is None and not citation.candidates
    return citation.kind == "narration" or (unnamed and citation.kind != "direct")


def origin(citation: Citation) -> str:
    """Where the words were printed."""
    return citation.outlet or citation.title or citation.source


def spoken_within(statements: Iterable[Statement], span: Span) -> list[Statement]:
    """Those of an article's statements of which some words stand in the span."""
    return [one for one in statements if any(part.overlaps(span) for part in one.content)]


def dot_html(name: str) -> str:
    """The speaker's initials; the same name has the same hue everywhere. A question mark for nobody."""
    words = [word for word in re.split(r"[\s.\-]+", name) if word[:1].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
    initials = "?" if name == UNNAMED else initials
    hue = crc32(name.encode(errors="replace")) % _HUES
    return f'<span class="dot hue{hue}" aria-hidden="true">{text(initials)}</span>'


def tag_html(credit: Credit, *beside: str, on: str = "", element: str = "figcaption", href: str = "") -> str:
    """The line above quoted words: who speaks, what must be known of it, how it is told, what stands `beside`.

    `on` is a day, `href` where the name leads.
    """
    name = text(credit.who)
    who = f'<a class="who" href="{attribute(href)}">{name}</a>' if href else f'<b class="who">{name}</b>'
    dot = dot_html(UNNAMED if credit.is_open else credit.who)
    facts = "".join(f' · <bdi class="fact">{text(fact)}</bdi>' for fact in (*credit.facts, *beside) if fact)
    day = f' · <bdi class="fact date">{text(on)}</bdi>' if on else ""
    return f'<{element} class="tag">{dot}<span>{who}{_told_html(credit)}{facts}{day}</span></{element}>'


def _told_html(credit: Credit) -> str:
    which = f'<span class="remark">, {WHICH}</span>' if credit.is_open else ""
    remarks = "".join(f' <span class="remark">({text(one)})</span>' for one in credit.remarks)
    return f"{which}{remarks}" + (f' <b class="standing">{text(credit.standing)}</b>' if credit.standing else "")


def classes_of(voice: Voice) -> str:
    """The classes of an element that shows the words: their kind, and whether they count as said."""
    return voice.kind if voice.standing == "said" else f"{voice.kind} unsaid"


def told_words(credit: Credit, beside: Sequence[str | None]) -> set[str]:
    """Every word that the line above quoted words tells already."""
    told = " ".join(filter(None, (credit.text, *beside)))
    return set(re.findall(r"\w+", told.casefold()))
