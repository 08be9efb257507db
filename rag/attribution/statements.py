"""Who said what: every attribution in the body of an article. Works on one article at a time.

What counts. A statement is one cue and its content: words in quotation marks with whoever is said to have spoken them,
the clause or object of a verb of speech, belief or judgement (`speech_verbs.toml`), "according to", a claim that is
somebody's ("a claim by Pashinyan that …"). The content of reported speech opens with its "that", as in the PARC and
PolNeAR annotations. "a military operation it described as “anti-terror”" is a statement too: the words are credited to
somebody. Titles, scare quotes without a cue, hypotheticals ("would say", "if he says", "refused to say"), questions and
headlines are none. A statement without any speaker ("it was announced that …") is not recorded, except for a quotation,
whose speaker may be unknown.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from rag.attribution.article_people import cast_of, people_of
from rag.attribution.coreference import Resolver
from rag.attribution.full_names import NameInText
from rag.attribution.masking import Unit, units
from rag.attribution.mentions import Meant
from rag.attribution.standing import is_maker, may_judge
from rag.attribution.syntax import children, is_cue, is_subordinate
from rag.attribution.unmarked_quotes import unmarked_quotes
from rag.attribution.unresolved import Unresolved, unresolved, voice
from rag.core import Article, ArticlePerson, Span, Standing, Statement
from rag.core.articles import SURE_ENOUGH
from rag.text.languages import is_english
from rag.text.name_matching import fold_name
from rag.text.names import is_participle, is_person_noun, may_be_trade, name_lists
from rag.text.quotation_marks import CLOSING, OPENING, quotations
from rag.text.spacy_models import parser
from rag.text.speech_verbs import lexicon, spoken
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_OPENING = re.compile(r"\s*([A-Z][a-z]+ing)(?= [A-Z])")
_BULLET = re.compile(r"^\s*[•▪◦‣·*](?=\s)")
_SATIRE_LABEL = re.compile(r"\s*(?P<opening>\w+)\s*[:|]|.*\((?P<closing>\w+)\)\s*$")
_NOTE = re.compile(r"\b[Tt]his (?:[a-z]+ )?(?:is|was) (?:an? |pure |meant as )?(?P<kind>[a-z]+)\b")
_WORD = re.compile(r"[^\W_]{4,}")
_STEM = 5  # letters by which the words of a headline are known again: “ban”, “banned”
_DENYING = {"not", "n't", "n’t", "never"}
_SHARE = 0.5
"""Least share of the headline's words that made-up words repeat."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """The people of an article, by first mention, and its statements, in text order."""

    people: tuple[ArticlePerson, ...] = ()
    statements: tuple[Statement, ...] = ()


def attribute(article: Article, sentences: Sequence[Span]) -> Attributed:
    """Finds the people of an article and its statements. `sentences` are those of the body, ordered and exact.

    An article that is not in English yields none: its `warnings` say so.
    """
    if not is_english(article):
        return Attributed()
    marked = quotations(article)
    plain = unmarked_quotes(article, sentences, marked)
    quoted = [quote for quote in marked if not any(quote.outer.overlaps(other.outer) for other in plain)]
    parts = units(article, sentences, sorted([*quoted, *plain]))
    docs = _parse(parts)
    cast = cast_of(article, sentences, _heard(parts, docs))
    settled = _settle(article, parts, unresolved(article, parts, docs), Resolver(article, cast, sentences))
    statements = _with_repeats(article, list(settled))
    speakers = [(statement.speaker, statement.span) for statement in statements if statement.speaker is not None]
    return Attributed(people_of(cast, speakers), statements)


def _parse(parts: Sequence[Unit]) -> list[Doc | None]:
    """Parses the units that may hold an attribution, name its speaker or judge it, in one batch; else None."""
    wanted = [_is_wanted(parts, number) for number in range(len(parts))]
    skeletons = [_readable(unit.skeleton) for unit, want in zip(parts, wanted, strict=True) if want]
    parsed = iter(parser().pipe(skeletons, batch_size=64))
    return [next(parsed) if want else None for want in wanted]


def _is_wanted(parts: Sequence[Unit], number: int) -> bool:
    unit = parts[number]
    return unit.speaks or _leads(parts, number) or (not unit.is_heading and may_judge(unit.skeleton))


def _readable(skeleton: str) -> str:
    """Blanks the bullet and the occupation in a tag, which mislead the parser; no character moves.

    “The kettle is lost, warden Bo Spacer said” is read as “The kettle is lost,        Bo Spacer said”.
    """
    return _called().sub(
        lambda words: " " * len(words[0]) if _is_calling(words[0].split()) else words[0],
        _without_capital(_BULLET.sub(lambda bullet: " " * len(bullet[0]), skeleton)),
    )


def _without_capital(skeleton: str) -> str:
    """Writes the opening participle of “Sentencing Callum Wroe, the judge said” small, so that it is read as a verb."""
    opening = _OPENING.match(skeleton)
    if opening is None or not is_participle(opening[1]):
        return skeleton
    start = opening.start(1)
    return f"{skeleton[:start]}{skeleton[start].lower()}{skeleton[start + 1 :]}"


def _is_calling(words: list[str]) -> bool:
    """Tells whether words in front of a name say what somebody is.

    A single one need not be listed: “smith Ola Pint said”.
    """
    if is_maker(words[-1]):  # who speaks of a film must be seen to be its director
        return False
    return is_person_noun(words[-1]) or (len(words) == 1 and may_be_trade(words[0]))


@cache
def _called() -> re.Pattern[str]:
    name = r"[^\W\d_a-z][\w’'-]+"
    family = rf"(?:(?:van|von|de|der|den|bin|ter|['’]t) ){{0,2}}(?:al-|el-)?{name}"
    return re.compile(rf"(?<=, )(?:[a-z-]+ ){{0,2}}[a-z-]+(?= {name} {family} {spoken()}\b)")


def _leads(parts: Sequence[Unit], number: int) -> bool:
    behind = parts[number + 1] if number + 1 < len(parts) else None
    opens = behind is not None and behind.block != parts[number].block and bool(behind.speeches)
    return opens and behind is not None and not behind.skeleton[: behind.speeches[0].hole].strip()


def _heard(parts: Sequence[Unit], docs: Sequence[Doc | None]) -> NameInText:
    sets: defaultdict[str, set[int]] = defaultdict(set)
    names: defaultdict[str, set[str]] = defaultdict(set)
    for unit, doc in zip(parts, docs, strict=True):
        if doc is None:
            continue
        sets["parsed"].update(sentence.start for sentence in unit.sentences)
        for entity in doc.ents:
            names[entity.label_].add(entity.text)
        for name, tokens in _parts_played(list(doc)):
            sets[name].update(unit.origin[token.idx] for token in tokens)
    return NameInText(
        persons=frozenset(name.removesuffix("'s").removesuffix("’s") for name in names["PERSON"]),
        bodies=frozenset(name.removeprefix("the ") for name in names["ORG"]),
        subjects=frozenset(sets["subjects"]),
        speakers=frozenset(sets["speakers"]),
        asides=frozenset(sets["asides"]),
        inner=frozenset(sets["inner"]),
        parsed=frozenset(sets["parsed"]),
        quoted=tuple(speech.quotation.inner for unit in parts for speech in unit.speeches),
    )


def _parts_played(tokens: Sequence[Token]) -> Iterator[tuple[str, Iterable[Token]]]:
    """Yields the words of a unit that play the parts of `NameInText`."""
    acting = [token for token in tokens if token.dep_ in {"nsubj", "nsubjpass"} or _is_repeated(token)]
    heads = [token for token in tokens if token.dep_ == "ROOT" and token.pos_ in {"NOUN", "PROPN"}]  # no verb found
    called = [child for token in (*acting, *heads) for child in token.children if child.dep_ == "appos"]
    cues = [token for token in acting if is_cue(token.head, "clause")]
    yield "subjects", [*acting, *called]
    yield "speakers", [token for token in cues if lexicon().polarity(token.head.lemma_, "clause") != "asks"]
    yield "inner", [token for token in acting if is_subordinate(token.head)]
    yield (
        "asides",
        [token for token in tokens if token.dep_ in {"poss", "compound", "nmod"} and not _is_hyphened(token)],
    )


def _is_hyphened(token: Token) -> bool:
    return token.i + 1 < len(token.doc) and not token.whitespace_ and token.nbor().text == "-"


def _is_repeated(name: Token) -> bool:
    """Tells whether a pronoun repeats a name, which the parser may not see as the subject then: “Tait himself”."""
    if name.pos_ != "PROPN" or name.i + 1 == len(name.doc):
        return False
    return name.nbor().lower_ in {"himself", "herself", "itself"}


def _settle(
    article: Article, parts: Sequence[Unit], found: Sequence[Unresolved], resolver: Resolver
) -> Iterator[Statement]:
    """Yields the statements with their speakers' names, spans and ids, in text order."""
    settled: list[tuple[Unresolved, Meant]] = []
    taken: set[str] = set()
    for draft in _speaking_on(found):
        meant = resolver.whom(draft.speaker, draft.content)
        goes_on = draft.is_carried and meant.name is not None
        another = goes_on and resolver.is_body_in_first_person(meant.name or "", draft.content)
        told = draft.confidence if draft.kind == "direct" else max(draft.confidence, SURE_ENOUGH[draft.kind])
        if another or told * meant.certainty < SURE_ENOUGH["direct"]:
            meant = replace(meant, name=None)
        asks = draft.polarity == "asks"
        resolver.remember(draft.cue_span.start, draft.speaker, meant, asks=asks, only_names=draft.is_naming)
        via = _chain(article, draft, resolver, meant.name) or _inherited(draft, meant.name, settled, parts)
        settled.append((replace(draft, confidence=draft.confidence * meant.certainty, via=via), meant))
    headline = _headline_verdict(article)
    for draft, meant in settled:
        if draft.polarity == "asks" and not draft.marked:
            continue  # a question in the journalist's words states nothing; who is asked may be who answers
        others = [other for other, named in settled if other is not draft and not _same(draft, meant, other, named)]
        name = meant.name
        yield Statement(
            id=_identity(article, draft, taken),
            source=article.source,
            span=_reach(article, parts, draft, others),
            content=draft.content,
            speaker=name,
            speaker_as_written=draft.speaker.written if draft.speaker else "",
            via=draft.via if draft.via != name else None,
            cue=draft.cue,
            kind=draft.kind,
            polarity=draft.polarity,
            marked=draft.marked,
            confidence=round(draft.confidence, 2),
            standing=headline.of(name, " ".join(map(article.cut, draft.content)), draft.standing),
            candidates=meant.candidates if name is None and len(meant.candidates) > 1 else (),
            speaks_for=meant.speaks_for,
        )


def _speaking_on(found: Sequence[Unresolved]) -> Iterator[Unresolved]:
    """Yields the drafts; reports with the same words for a speaker are as certain as the surest of them.

    Whoever surely speaks in “Holm warned of …, urging …” is rightly named beside all of it.
    """
    surest: defaultdict[Span, float] = defaultdict(float)
    for draft in found:
        if draft.speaker is not None:
            surest[draft.speaker.span] = max(surest[draft.speaker.span], draft.confidence)
    for draft in found:
        if draft.kind == "direct" or draft.speaker is None:
            yield draft
        else:
            yield replace(draft, confidence=surest[draft.speaker.span])


def _chain(article: Article, draft: Unresolved, resolver: Resolver, speaker: str | None) -> str | None:
    """Finds those who pass the words on, outermost first: “Reuters, citing police”.

    Pronouns only if they name somebody, and not whose words they are.
    """
    named = [(mention, resolver.whom(mention).name) for mention in draft.through]
    voices = [
        voice(*named_voice, article.text)
        for named_voice in named
        if named_voice[1] or named_voice[0].kind not in {"he", "she", "it", "other"}
    ]
    written = draft.speaker.written if draft.speaker else ""
    return ", citing ".join(voice for voice in dict.fromkeys(voices) if voice not in {speaker, written}) or None


def _with_repeats(article: Article, statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Returns the statements; those that count with another of the same speaker name it.

    Such a one says an earlier one's words once more, or it reports in a sentence that quotes, or was reported, already.
    """
    first: dict[tuple[str | None, str], str] = {}
    told: defaultdict[str | None, list[Statement]] = defaultdict(list)
    for statement in statements:
        if statement.kind == "direct":
            told[statement.speaker].append(statement)
    settled = []
    for statement in statements:
        words = " ".join(" ".join(map(article.cut, statement.content)).casefold().split())
        earlier = first.setdefault((statement.speaker, words), statement.id)
        if earlier == statement.id and statement.kind != "direct":
            within = (other.id for other in told[statement.speaker] if other.span.overlaps(statement.span))
            earlier = next(within, statement.id)
            told[statement.speaker] += [statement] if earlier == statement.id else []
        settled.append(statement if earlier == statement.id else replace(statement, repeats=earlier))
    return tuple(settled)


def _same(draft: Unresolved, meant: Meant, other: Unresolved, other_meant: Meant) -> bool:
    if meant.name is not None or other_meant.name is not None:
        return meant.name == other_meant.name
    return draft.speaker is not None and other.speaker is not None and draft.speaker.span == other.speaker.span


def _inherited(
    draft: Unresolved, name: str | None, settled: Sequence[tuple[Unresolved, Meant]], parts: Sequence[Unit]
) -> str | None:
    """Returns an unmarked quote right after what an outlet reported of the same speaker comes from that outlet."""
    if draft.marked or draft.kind != "direct" or name is None or draft.led is not None:
        return None
    block = parts[draft.units[0]].block
    for other, meant in reversed(settled):
        if parts[other.units[1]].block == block - 1 and meant.name == name:
            return other.via
    return None


def _identity(article: Article, draft: Unresolved, taken: set[str]) -> str:
    first = draft.content[0]
    key = f"{article.source}\0{article.digest}\0{first.start}:{first.end}"
    identity = hashlib.sha256(key.encode()).hexdigest()[:12]
    while identity in taken:  # two attributions of the same words: an accusation and its denial
        key += "\0again"
        identity = hashlib.sha256(key.encode()).hexdigest()[:12]
    taken.add(identity)
    return identity


def _reach(article: Article, parts: Sequence[Unit], draft: Unresolved, others: Sequence[Unresolved]) -> Span:
    """Returns the sentences of an attribution.

    Only its own words where somebody else speaks in them too, or the journalist tells more around a clause.
    """
    places = [
        *draft.content,
        *([draft.cue_span] if draft.cue else []),
        *([draft.speaker.span] if draft.speaker else []),
        *(mention.span for mention in draft.through),
    ]
    touched = parts[draft.units[0] : draft.units[1] + 1]
    places = [place for place in places if any(unit.span.covers(place) for unit in touched)]
    if draft.led is not None:
        places.append(draft.led)
    start, end = min(place.start for place in places), max(place.end for place in places)
    for sentence in (sentence for unit in touched for sentence in unit.sentences if not draft.is_in_passing):
        if not sentence.overlaps(Span(start, end)):
            continue
        foreign = any(
            other.cue_span.overlaps(sentence) or any(span.overlaps(sentence) for span in other.content)
            for other in others
        )
        if not foreign:
            start, end = min(start, sentence.start), max(end, sentence.end)
    return _with_marks(article.text, Span(start, end))


def _with_marks(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    if start and text[start - 1] in OPENING:
        start -= 1
    if text[end : end + 1] and text[end] in CLOSING:
        end += 1
    return Span(start, end)


@dataclass(frozen=True, slots=True)
class _HeadlineVerdict:
    """The standing of the words that an article quotes: of all, or of those by `names` that repeat `words`."""

    standing: Standing = "said"
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def of(self, speaker: str | None, content: str, own: Standing) -> Standing:
        """Returns the standing of a statement whose own sentences tell that it stands as `own`."""
        if own != "said" or self.standing == "said":
            return own
        if not self.names:
            return self.standing
        named = speaker is None or bool(set(fold_name(speaker).split()) & self.names)
        repeated = len(self.words & _stems(content)) >= _SHARE * len(self.words)
        denies = any(word in _DENYING for word in re.findall(r"\w+|n[’']t\b", content.casefold()))
        return self.standing if named and repeated and not denies else own


def _headline_verdict(article: Article) -> _HeadlineVerdict:
    """Reads what the headline, or a note at the beginning or end (“This article is a parody.”), tells of the words."""
    body = article.body
    notes = (_NOTE.finditer(article.text, block.start, block.end) for block in {*body[:1], *body[-1:]})
    if any(note["kind"].lower() in word_list("satire") for found in notes for note in found):
        return _HeadlineVerdict("fictional")
    title = article.title
    label = _SATIRE_LABEL.match(title or "")
    if label is not None and (label["opening"] or label["closing"]).lower() in word_list("satire"):
        return _HeadlineVerdict("fictional")
    if title is None or not any(word in title.casefold() for word in ("not", "n't", "n’t", "never")):
        return _HeadlineVerdict()
    doc = parser()(title)
    denied = next((token for token in doc if _is_denied(token)), None)
    return _denial(doc, denied) if denied is not None else _HeadlineVerdict()


def _is_denied(verb: Token) -> bool:
    """Tells whether a verb tells that somebody did not say something: “Dahl never said”, “Dahl did not call for”."""
    speech = verb.pos_ in {"VERB", "AUX"} and bool(lexicon().frames(verb.lemma_.lower()) & {"quote", "name"})
    return speech and any(child.lower_ in _DENYING for child in verb.children) and _subject(verb) is not None


def _subject(verb: Token) -> Token | None:
    named = (child for child in children(verb, "nsubj") if child.pos_ == "PROPN")
    return next(named, None)


def _denial(doc: Doc, verb: Token) -> _HeadlineVerdict:
    words = _stems(doc[verb.i + 1 :].text)
    subject = _subject(verb)
    names = {fold_name(word.text) for word in (subject.subtree if subject is not None else ()) if word.pos_ == "PROPN"}
    names -= name_lists().titles
    return _HeadlineVerdict("fabricated", frozenset(names), words) if names and words else _HeadlineVerdict()


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.casefold()[:_STEM] for word in _WORD.findall(text))
