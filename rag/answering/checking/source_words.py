"""Finds what a generated sentence may use: the speakers it credits on record, and the words of its sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rag.answering.claims.quoting import touches
from rag.answering.reading.semantic_roles import ReportedSpeech, Roles, roles
from rag.core import Article, Evidence, Place, Span, Statement
from rag.text import tokens
from rag.text.name_matching import compatible, fold_name, sound
from rag.text.names import is_body, is_person_noun, name_lists, nation_of
from rag.text.quantities import figures
from rag.text.quotation_marks import QUOTATION
from rag.text.speech_verbs import lexicon
from rag.text.synonyms import alike, kin, of_one_root, own_stems

_LIGHT = tokens.word_list("of telling")
"""Words about how something is told, without content of their own."""

_TELLING = tokens.word_list("changing the content")
"""Function words that change the content: they may not be added."""

_BETWEEN = frozenset({"of", "the", "and", "for", "on", "in"})
"""Words of a name that give no letter to its short form."""


HIDDEN = "It leaves out who is speaking."
_OF_THE_ARTICLE = frozenset({"article", "articles", "piece", "passage", "text", "report", "source"})
_A_FULL_NAME = 2
_SPOKES = re.compile(r"(?<=okes|hair)(?:wo)?man\b")
"""The end of spokesman and chairwoman, to match spokesperson and chairperson."""

_IMPERSONAL = re.compile(r"\b[Ii]t (?:is|was|has been|had been) $")
_PARTED = re.compile(r"[,;:—–]|\b(?:and|but|while|whereas|as|though|although)\b")
"""Separates a clause from the speech in the one before it."""


@dataclass(frozen=True, slots=True)
class Credits:
    """The statements that a sentence credits, and an objection if it may not credit them (None if it may).

    `titles` are the words that name and introduce the speakers; `via` is who alone passed these words on, if the
    sentence leaves that out.
    """

    credited: tuple[Statement, ...]
    objection: str | None = None
    titles: tuple[str, ...] = ()
    via: str | None = None


def credits_of(text: str, places: Sequence[Place], evidence: Evidence, named_before: str = "") -> Credits:
    """Matches the speakers in the sentence with the record; `named_before` may contain the referent of a "he"."""
    record = touching(places, evidence)
    read = [roles(sentence) for sentence in read_around(places, evidence)]
    outlets = {fold_name(_bare(name)) for place in places if (name := evidence.articles[place.source].outlet)}
    speaking = {sound(fold_name(name)) for found in read for speech in found.speeches if (name := _name_of(speech))}
    aloud = [_Voice.of(speech, text) for speech in _aloud(text)]
    heard = [
        statement for statement in record if any(voice.may_be(statement, named_before, evidence) for voice in aloud)
    ]
    is_known = any(statement.speaker or statement.via for statement in record) if record else bool(speaking)
    if is_known and not heard:
        for voice in aloud:
            if voice.is_telling and not voice.acts_in(read) and fold_name(_bare(voice.written)) not in outlets:
                return Credits((), f"The article does not attribute these words to {voice.written}.")
    subjects = [" ".join(slot.filler) for slot in roles(text).slots if slot.relation == "subject"]
    offices = [subject for subject in subjects if subject.islower()]
    credited = [
        statement
        for statement in record
        if statement in heard
        or _is_named(statement, text)
        or any(is_voice(office, statement, evidence) for office in offices)
    ]
    if any(not statement.is_said for statement in credited):
        return Credits((), "The article does not give these words as said.")
    is_heard = bool(credited) or (not record and bool(speaking & _sounds(f"{named_before} {text}")))
    if is_known and any(voice.is_hidden and not (is_heard and voice.is_led(named_before)) for voice in aloud):
        return Credits((), HIDDEN)
    if not credited and _is_all_told(places, record):
        return Credits((), HIDDEN)
    titles = tuple(tokens.words(" ".join(voice.phrase for voice in aloud)))
    return Credits(tuple(credited), None, titles, _left_out(credited, text) if credited else None)


def _aloud(text: str) -> Iterator[ReportedSpeech]:
    """Yields the speeches of the sentence, without those inside its quotations or inside another's speech."""
    quoted = [Span(*found.span()) for found in QUOTATION.finditer(text)]
    before: ReportedSpeech | None = None
    for speech in sorted(roles(text).speeches, key=lambda speech: speech.speaker_start):
        is_quoted = any(span.start <= speech.start < span.end for span in quoted)
        is_told = before is not None and before.start < speech.speaker_start
        if is_quoted or (before and is_told and not _PARTED.search(text, before.start, speech.speaker_start)):
            continue
        before = speech
        yield speech


def _name_of(speech: ReportedSpeech) -> str | None:
    """Returns the last word of the name of somebody who says something aloud."""
    last = tokens.words(speech.speaker)[-1:]
    return last[0] if last and is_name_inside_sentence(last[0]) and _is_aloud(speech) else None


def _is_aloud(speech: ReportedSpeech) -> bool:
    """Returns whether the verb may introduce a quotation: to consider or to believe is not to say."""
    return not lexicon().frames(speech.cue) or "quote" in lexicon().frames(speech.cue)


def _sounds(text: str) -> set[str]:
    return {sound(fold_name(word)) for word in tokens.words(text)}


@dataclass(frozen=True, slots=True)
class _Voice:
    """A speaker in a sentence: their words, including those up to the verb, and the text before."""

    written: str
    phrase: str
    before: str
    is_aloud: bool
    is_impersonal: bool

    @classmethod
    def of(cls, speech: ReportedSpeech, text: str) -> _Voice:
        """Creates a voice from one speech of the text."""
        end = speech.speaker_start + len(speech.speaker)
        behind = text[end : speech.start] if text[end:].startswith(",") and speech.start > end else ""
        before, is_nobody = (
            text[: speech.speaker_start],
            not speech.speaker and _IMPERSONAL.search(text[: speech.start]),
        )
        return cls(speech.speaker, f"{speech.speaker}{behind}", before, _is_aloud(speech), bool(is_nobody))

    @property
    def is_telling(self) -> bool:
        """Whether the words identify the speaker: by a name or an office, not by a pronoun or a common noun."""
        own = tokens.words(self.written)
        is_office = bool({word.lower() for word in own[-1:]} & (_OF_THE_ARTICLE | name_lists().titles))
        return (
            bool(own)
            and own[0].lower() not in tokens.PRONOUNS
            and (is_office or any(map(is_name_inside_sentence, own)))
        )

    @property
    def is_hidden(self) -> bool:
        """Whether the speaker is a "he", or nobody: "it was said that"."""
        return self.written.lower() in {"he", "she", "his", "her"} or self.is_impersonal

    def is_led(self, named_before: str) -> bool:
        """Returns whether a "he" follows a possible referent, by name or by description."""
        own = tokens.words(f"{named_before} {self.before}")
        return self.is_impersonal or any(
            (is_name_inside_sentence(word) and not nation_of(word)) or is_person_noun(word.lower()) for word in own
        )

    def may_be(self, one: Statement, named_before: str, evidence: Evidence) -> bool:
        """Returns whether they can be the statement's speaker; for a pronoun, if that speaker was named before."""
        if self.written.lower() in tokens.PRONOUNS:
            return _is_named(one, f"{named_before} {self.before}")
        return bool(self.written) and (
            (self.is_aloud and is_voice(self.written, one, evidence))
            or _is_named(one, self.phrase)
            or _is_unnamed(self.written)
        )

    def acts_in(self, read: Sequence[Roles]) -> bool:
        """Returns whether the cited sentences have the same subject speak or act."""
        last = _sounds(" ".join(tokens.words(self.written)[-1:]))
        return any(
            slot.relation == "subject" and any(sound(fold_name(part)) in last for part in slot.filler)
            for found in read
            for slot in found.slots
        )


def is_name_inside_sentence(word: str) -> bool:
    """Returns whether a word is written as a name, and is not a usual first word such as "He" or "Three"."""
    return tokens.is_name(word) and word.lower() not in tokens.FUNCTION_WORDS and not figures(word)


def _is_unnamed(written: str) -> bool:
    """Returns whether an unnamed person or body speaks; an article does not, as it says nothing of its own."""
    own = tokens.words(written)
    head = own[-1].lower() if own else ""
    is_somebody = any(is_person_noun(noun) for noun in (head, head.removesuffix("s"))) or is_body((head,))
    return (
        is_somebody and not any(map(is_name_inside_sentence, own)) and head not in _OF_THE_ARTICLE | name_lists().titles
    )


def _is_named(one: Statement, text: str) -> bool:
    """Returns whether a text names the statement's speaker, by the family name alone, or its relay in full."""
    held = _sounds(text)
    people = [tokens.words(name)[-1:] for name in (one.speaker, *one.candidates) if name]
    return any(_sounds(" ".join(name)) <= held for name in (*people, tokens.words(one.via or "")) if name)


def _left_out(credited: Sequence[Statement], text: str) -> str | None:
    """Returns the only outlet or body that relays all the credited words, if the text does not name it."""
    relays = [
        statement.via
        for statement in credited
        if statement.via and any(map(is_name_inside_sentence, tokens.words(statement.via)))
    ]
    named = any(_sounds(via) & _sounds(text) for via in relays)
    return relays[0] if len(relays) == len(credited) and not named else None


def _is_all_told(places: Sequence[Place], record: Sequence[Statement]) -> bool:
    """Returns whether all the cited words are by people known by name, none by the article itself."""
    theirs = list(filter(_is_of_a_person, record))
    return bool(places) and all(any(statement.tells(place) for statement in theirs) for place in places)


def _is_of_a_person(one: Statement) -> bool:
    name = tuple((one.speaker or "").split())
    return len(name) > 1 and not is_body(name)


def is_voice(written: str, one: Statement, evidence: Evidence) -> bool:
    """Returns whether the words can name a statement's speaker, its relay, their principal, or their office."""
    bare = fold_name(_bare(written))
    for name in filter(None, [one.speaker, one.via, one.speaks_for, *one.candidates]):
        if bare == fold_name(_bare(name)) or _is_same_person(written, name):
            return True
    told = f"{one.speaker_as_written} {one.speaker or ''}"
    parts = {fold_name(word) for word in tokens.words(written)} - {"of", "and", "the"}
    if parts and not parts & tokens.PRONOUNS and parts <= {fold_name(word) for word in tokens.words(told)}:
        return True
    is_told = bool(tokens.content_words(written)) and not uncovered(written, told)
    if is_told or is_short_for(_bare(written), told):
        return True
    return _is_of_office(written, one, evidence)


def _is_of_office(written: str, one: Statement, evidence: Evidence) -> bool:
    """Returns whether the words name the speaker's office or nation in the articles: "Tesla's boss", "Russia".

    A name alone must be that of a nation: another's may appear beside the speaker's as well.
    """
    held = tokens.words(_SPOKES.sub("person", introductions([one], evidence)))
    telling = [
        word for word in tokens.words(_SPOKES.sub("person", written)) if word.lower() not in tokens.FUNCTION_WORDS
    ]
    is_office = bool(telling) and not tokens.is_name(telling[-1])
    return bool(telling) and all(
        _is_home(word, held) or (is_office and any(same_name(word, held_word) for held_word in held))
        for word in telling
    )


def _is_home(word: str, held: Sequence[str]) -> bool:
    """Returns whether a nation, or the seat of its government, belongs to one of the words."""
    nations, seats = name_lists().nations, name_lists().seats
    nation = seats.get(word.lower()) or nations.get(word.lower())
    return nation is not None and any(
        nation in {seats.get(held_word.lower()), nations.get(held_word.lower())} for held_word in held
    )


def _is_same_person(written: str, name: str) -> bool:
    """Returns whether words end in the family name of a person: "Kremlin spokesman Peskov", "Dmitry Peskov"."""
    capitals = [word for word in tokens.words(written) if word[:1].isupper()]
    given, _, family = name.rpartition(" ")
    if not given or not capitals or not written.rstrip().endswith(capitals[-1]):
        return False
    # Two words may be a full name, which must agree in whole; one word or many end in the family name.
    in_full = len(capitals) == _A_FULL_NAME
    return same_name(capitals[-1], family) and (not in_full or compatible(" ".join(capitals), name))


def _bare(name: str) -> str:
    return re.sub(r"^(?:the|a|an) ", "", name, flags=re.IGNORECASE)


def uncovered(sentence: str, source: str, free: Iterable[str] = ()) -> list[str]:
    """Returns the content words of the sentence without a match in the source; `free` need no proof."""
    held = tuple(dict.fromkeys(tokens.words(source)))
    stems = frozenset(stem for word in held for stem in own_stems(word))
    phrases = _spelled_out(source)
    let = {tokens.stem(word) for word in free}
    missing = []
    for word in dict.fromkeys(tokens.words(sentence)):
        if not _tells(word) or tokens.stem(word) in let or word.lower() in phrases:
            continue
        if not (kin(word) & stems or any(of_one_root(tokens.stem(word), tokens.stem(held_word)) for held_word in held)):
            missing.append(word)
    return missing


def _tells(word: str) -> bool:
    """Returns whether the word needs proof: not a figure (proved separately) or a word without content."""
    lower = word.lower()
    if word[:1].isdigit() or (lower in _LIGHT and not tokens.is_acronym(word)):
        return False
    return tokens.is_acronym(word) or lower in _TELLING or lower not in tokens.FUNCTION_WORDS


def _spelled_out(source: str) -> frozenset[str]:
    """Returns the other forms of names in the source: EU also allows "European Union", and vice versa."""
    found: set[str] = set()
    lower = f" {' '.join(tokens.words(source)).lower()} "
    for word in tokens.phrases(source):
        for alternative in tokens.alternatives(word):
            found.update(part.lower() for part in tokens.words(alternative))
    for short, parts in _long_names():
        if f" {parts} " in lower:
            found.add(short)
    return frozenset(found)


@cache
def _long_names() -> tuple[tuple[str, str], ...]:
    rows = [[name.strip() for name in line.split("=")] for line in tokens.lines("aliases.txt")]
    return tuple((row[0].lower(), name.lower()) for row in rows for name in row[1:] if " " in name)


def is_short_for(word: str, source: str) -> bool:
    """Returns whether a word is an acronym of consecutive words of the source: "AP", "W.H.O."."""
    initials = "".join(word[0] for word in tokens.words(source) if word not in _BETWEEN)
    return tokens.is_acronym(word) and word.replace(".", "") in initials


def same_name(one: str, other: str) -> bool:
    """Returns whether two words may be the same name in different transliterations: Pashinyan, Pashinian."""
    return sound(one.lower()) == sound(other.lower()) or alike(one, other)


_OF = frozenset({"of", "for", "the"})
"""Small words in the name of an office: "head of the ministry"."""


def touching(places: Iterable[Place], evidence: Evidence) -> list[Statement]:
    """Returns the statements whose content overlaps the places."""
    held = list(places)
    return [statement for statement in evidence.record if any(touches(statement, place) for place in held)]


def sentences_at(place: Place, evidence: Evidence) -> list[Span]:
    """Returns the whole sentences that a place touches; the place itself if none are known."""
    spans = [span for span in evidence.sentences.get(place.source, ()) if span.overlaps(place.span)]
    return spans or [place.span]


def read_around(places: Sequence[Place], evidence: Evidence) -> list[str]:
    """Returns the whole sentences and attributions around the places, each once."""
    found: dict[tuple[str, Span], None] = {}
    for place in places:
        inside = sentences_at(place, evidence)
        told = [
            statement.span
            for statement in touching([place], evidence)
            if not any(span.covers(statement.span) for span in inside)
        ]
        found |= dict.fromkeys((place.source, span) for span in (*inside, *told))
    return [evidence.articles[source].cut(span) for source, span in found]


def usable(places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence) -> str:
    """Returns the words of the sources that the sentence may use, without other speakers' statements."""
    parts = []
    for source in dict.fromkeys(place.source for place in places):
        article = evidence.articles[source]
        record = [
            statement
            for statement in touching(places, evidence)
            if statement.source == source and statement not in credited
        ]
        said = [statement for statement in credited if statement.source == source]
        own = [part for statement in said for part in (*statement.content, statement.span)]
        # What the article's own outlet says needs no credit.
        others = [
            part
            for statement in record
            if not statement.speaker or statement.speaker != article.outlet
            for part in statement.content
        ]
        spans = [*(place.span for place in places if place.source == source), *(statement.span for statement in said)]
        held = {offset for span in spans for offset in range(span.start, span.end)}
        for offset in sorted(held):
            parts.append("" if offset - 1 in held else "\n")
            parts.append(article.text[offset] if _is_usable(offset, others, own) else " ")
    return "".join(parts)


def _is_usable(offset: int, others: Sequence[Span], own: Sequence[Span]) -> bool:
    """Returns whether the innermost span around a character is one that may be used."""
    ours = min((span.end - span.start for span in own if span.start <= offset < span.end), default=None)
    theirs = min((span.end - span.start for span in others if span.start <= offset < span.end), default=None)
    return theirs is None or (ours is not None and ours <= theirs)


def introductions(credited: Sequence[Statement], evidence: Evidence) -> str:
    """Returns the words by which articles introduce the credited: titles, roles and principals."""
    found: dict[str, None] = {}
    for statement in credited:
        found |= dict.fromkeys(
            part
            for part in (statement.speaker, statement.via, statement.speaker_as_written, statement.speaks_for)
            if part
        )
        if statement.speaker:
            same = (
                recorded.speaker_as_written for recorded in evidence.record if recorded.speaker == statement.speaker
            )
            beside = (told for article in evidence.articles.values() for told in _beside(statement.speaker, article))
            found |= dict.fromkeys([*same, *beside])
    return "; ".join(found)


def _beside(name: str, article: Article) -> Iterator[str]:
    """Yields the titles right before a name in an article, and the apposition after it."""
    for found in re.finditer(
        rf"(?P<before>(?:[\w’'-]+ ){{0,5}}){re.escape(name)}(?:, (?P<behind>[^,.;\n]+)[,.])?", article.text
    ):
        titles: list[str] = []
        for word in reversed(found["before"].split()):
            if not (word[:1].isupper() or is_person_noun(word.lower()) or word.lower() in name_lists().titles | _OF):
                break
            titles.insert(0, word)
        yield " ".join([*titles, *filter(None, [found["behind"]])])


def homes(credited: Sequence[Statement], evidence: Evidence) -> frozenset[str]:
    """Returns the nations for which the credited speak as "we", by introduction: "the Russian minister"."""
    found: set[str] = set()
    for statement in credited:
        said = " ".join(evidence.articles[statement.source].cut(part) for part in statement.content)
        if statement.kind != "direct" or not re.search(r"\b(?:we|our|us)\b", said, re.IGNORECASE):
            continue
        for recorded in evidence.record:
            if recorded.speaker == statement.speaker:
                for word in tokens.words(recorded.speaker_as_written):
                    nation = name_lists().seats.get(word.lower()) or name_lists().nations.get(word.lower())
                    found |= {f"nation:{nation}"} if nation else set()
    return frozenset(found)
