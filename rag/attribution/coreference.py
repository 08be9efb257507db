"""Resolves whom a mention means, reading the article from top to bottom; in doubt, nobody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from rag.attribution.article_people import SETS_SCENE, Cast, is_nationality, may_be_person
from rag.attribution.mentions import Meant, SpeakerMention, Spoken, is_one_person, is_plural, tells_of_another
from rag.attribution.roles import (
    PersonSighted,
    Sighting,
    is_proxy,
    principal_in,
    role_of,
    title_before,
    without_namesakes,
)
from rag.core import Article, Span
from rag.text.name_matching import fold_name
from rag.text.names import Gender, WrittenName, gender_of, is_body, is_person_noun, lookup_form, name_lists, nation_of
from rag.text.tokens import word_list

_THINGS_THAT_SHOW = word_list("things that show")
_LAWS = {"act", "bill", "treaty"}


_ANY_BODY = word_list("bodies of any name")
_STOP = re.compile(r"[.!?]")
_ACCORDING = re.compile(r"\b[Aa]ccording to (?:the )?$")
_PHRASE = re.compile(r"\b(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er) (?=(?P<words>(?:[a-z-]+ ){0,2}[a-z-]+)\b(?! [A-Z]))")
"""What may be somebody without a name: “the prime minister”, “a guard”."""
_TURN = re.compile(r"\W*[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}:\W*")
"""A line of its own that tells who speaks next: “Marta Solberg:”."""
_WHILE = re.compile(
    r"(?:Even )?(?:although|though|while|when|as|after|before|because|since|once) (?:\w+\.? ){0,2}", re.IGNORECASE
)
"""What opens a sentence with a clause whose subject is the pronoun of the main one: “Although Tait fell, he said …”."""
_FORMS: Mapping[Gender, str] = {"he": "he|him|his|himself", "she": "she|hers?|herself"}
_OWNED = re.compile(r"(his|her)\b", re.IGNORECASE)
KNOWN = 0.99
"""How often a name that is one person's of the article is right, over PolNeAR train; the same for what follows."""
NAMED = 0.95
"""A name of more than one word, or a body's, that is nobody's of the article otherwise."""
FAMILY_NAME = 0.9
"""A single word that nobody of the article is called."""
ROLE = 0.92
GOES_ON = 0.95
"""A pronoun behind what somebody said in the same paragraph."""
ACTS = 0.9
"""A pronoun behind a sentence that tells of somebody."""
ASKED = 0.88
TAKES_OVER = 0.75
"""A pronoun behind two who may be meant, of whom one is the nearer subject or speaker."""
ONLY_ONE = 0.8
"""A pronoun behind one person of that gender, who is not the subject."""
THING = 0.75
"""“It” behind a body: too little for words that are not likely said either (“it takes a clerk to deny that”)."""
UNNAMED = 0.6
"""A mention that is left without a name."""
UNCLEAR = 0.5


@dataclass(slots=True)
class Resolver:
    """Resolves mentions, reading the article from top to bottom.

    `spoken` remembers who spoke, in order, `told` what was said, `known` whom the pronouns so far mean, and `genders`
    by which of them those were told of whom the cast does not know.
    """

    article: Article
    cast: Cast
    sentences: Sequence[Span] = ()
    spoken: list[Spoken] = field(default_factory=list)
    told: list[Span] = field(default_factory=list)
    known: dict[Span, Meant] = field(default_factory=dict)
    genders: dict[str, Gender] = field(default_factory=dict)

    def whom(self, mention: SpeakerMention | None, content: Sequence[Span] = ()) -> Meant:
        """Resolves a mention; None stands for words without a speaker. `content` is what was said."""
        if mention is None:
            return Meant(None, 0.3)
        meant = self.known.get(mention.span) or self._whom(mention, content)
        self.told += content
        meant = replace(meant, speaks_for=self._principal(mention, meant))
        if mention.kind in {"he", "she", "it"}:
            self.known[mention.span] = meant
        return meant

    def is_body_in_first_person(self, name: str, content: Sequence[Span]) -> bool:
        """Tells whether the words speak of one person as “I” and the name is a body's."""
        if self._figure(name) is not None or not (is_body(tuple(name.split())) or fold_name(name) in self.cast.bodies):
            return False
        return any(re.search(r"\b(?:I|[Mm]y|me)\b", self.article.cut(span)) for span in content)

    def _whom(self, mention: SpeakerMention, content: Sequence[Span]) -> Meant:
        if mention.kind == "name" and mention.name is not None:
            return self._named(mention.name)
        if mention.kind in {"he", "she"}:
            gender: Gender = "he" if mention.kind == "he" else "she"
            return self._learned(self._pronoun(mention.span.start, gender, content), gender)
        if mention.kind == "it":
            return self._thing(mention.span.start, content)
        if mention.kind == "noun":
            return self._by_noun(mention)
        return Meant(None, UNNAMED)

    def _learned(self, meant: Meant, gender: Gender) -> Meant:
        """Keeps the gender that a clear pronoun tells of somebody whose name does not."""
        figure = self._figure(meant.name) if meant.name is not None and meant.certainty >= ACTS else None
        if figure is not None and figure.gender is None:
            figure.gender = gender
        elif meant.name is not None and figure is None:
            self.genders.setdefault(meant.name, gender)
        return meant

    def remember(
        self, offset: int, mention: SpeakerMention | None, meant: Meant, *, asks: bool = False, only_names: bool = False
    ) -> None:
        """Notes who spoke at `offset`; one person without a name stands between a name and a pronoun."""
        if meant.name is not None:
            behind = self._behind(offset, meant.name)
            asked = next(iter(behind)) if asks and len(behind) == 1 else None
            others = behind if only_names and mention is not None and mention.kind == "name" else frozenset[str]()
            self.spoken.append(Spoken(offset, meant.name, None, asked, others=others))
        elif mention is not None and mention.kind in {"he", "she"}:
            self.spoken.append(Spoken(offset, None, "he" if mention.kind == "he" else "she"))
        elif mention is not None:
            is_one = (mention.kind == "noun" or bool(meant.candidates)) and is_one_person(mention)
            gender = gender_of(tuple(map(lookup_form, mention.words)), ())
            self.spoken.append(Spoken(offset, None, gender, speaks_for=meant.speaks_for, is_person=is_one))

    def _behind(self, offset: int, speaker: str) -> frozenset[str]:
        end = next((sentence.end for sentence in self.sentences if sentence.start <= offset < sentence.end), offset)
        named = (seen.figure.name for seen in self.cast.before(end + 1, offset) if seen.figure and not seen.is_aside)
        return frozenset(named) - {speaker}

    def _principal(self, mention: SpeakerMention, meant: Meant) -> str | None:
        figure = self._figure(meant.name) if meant.name is not None else None
        if figure is not None:
            return self.cast.principal(figure)
        if mention.kind != "noun":
            return meant.speaks_for
        speaks = bool(mention.words) and is_proxy(mention.words[-1])
        if speaks and (owner := _OWNED.match(mention.written)) is not None:
            return self._pronoun(mention.span.start, "he" if owner.group(1).lower() == "his" else "she").name
        return self.cast.speaks_for(mention.written)

    def _named(self, name: WrittenName) -> Meant:
        if len(name.text) == 1:  # the Q and A of an interview
            return Meant(None, UNCLEAR)
        owner = (
            *name.name[:-1],
            re.sub("['’]s$", "", name.name[-1]),
        )  # Moody's, or what is Moody's where there is a Moody
        title = (*name.title, *title_before(self.article.text, name))
        found = without_namesakes(self.cast.bearers(owner, title, name.span.start), self.article.text, name)
        if len(found) == 1 and not (len(name.name) == 1 and not title and self._may_be_body(name)):
            return Meant(found[0].name, KNOWN)
        if found:
            return Meant(None, UNNAMED, tuple(figure.name for figure in found))
        if (len(name.name) == 1 and self._is_common(name.text)) or self._is_label(name):
            return Meant(None, UNNAMED)
        if lookup_form(self.cast.body(name.text).split()[-1]) in _LAWS:
            return Meant(None, UNNAMED)
        return Meant(self.cast.body(name.text), NAMED if is_body(name.name) or len(name.name) > 1 else FAMILY_NAME)

    def _may_be_body(self, name: WrittenName) -> bool:
        """Tells whether a family name alone may be a country or a body as well: Bloomberg, beside Michael Bloomberg."""
        nation = nation_of(name.text) is not None and not is_nationality(name.text)
        return is_body(name.name) and (nation or fold_name(name.text) in self.cast.bodies)

    def _is_label(self, name: WrittenName) -> bool:
        """Tells whether words open a line before a colon and stand nowhere else: “Screenshot: “…””."""
        text = self.article.text
        opens = any(block.start == name.span.start for block in self.article.body) and text[name.span.end] == ":"
        return opens and not is_body(name.name) and text.count(name.text) == 1

    def _is_common(self, word: str) -> bool:
        """Tells whether only the start of a line gives a word its capital: “Video”."""
        if not word.istitle():
            return False
        if word.lower() in _THINGS_THAT_SHOW:
            return True
        inside = re.compile(rf"(?:[a-z,;]|\bI) {re.escape(word)}\b")
        small = re.compile(rf"\b{re.escape(word.lower())}\b")
        text = self.article.text
        return small.search(text) is not None and inside.search(text) is None

    def _by_noun(self, mention: SpeakerMention) -> Meant:
        """Resolves a role, or a name that the parser takes for a noun: “Sanders replied”."""
        name = mention.name
        figure = self.cast.named(name.name, name.title, name.span.start) if name is not None and name.name else None
        if name is not None and not name.name and len(name.title) == 1 and mention.written.lower() == name.title[0]:
            figure = self.cast.named((mention.written,), (), name.span.start)  # “King said”, of Billie Jean King
        if figure is not None:
            return Meant(figure.name, NAMED)
        if not mention.definite:
            return Meant(None, UNNAMED)
        found = self._by_role(mention)
        return found if found.name is not None or found.candidates else self._by_kind(mention) or found

    def _by_role(self, mention: SpeakerMention) -> Meant:
        role = role_of(mention.words)
        is_kin = len(mention.words) > 1 and lookup_form(mention.words[-1]) in name_lists().kin
        if is_kin or role is None or principal_in(mention.written) is not None:
            return Meant(None, UNNAMED)
        fitting = [figure for figure in self.cast.figures if any(role.fits(known) for known in figure.roles)]
        wanted = gender_of(tuple(word.lower() for word in mention.words), ())
        fitting = [figure for figure in fitting if wanted is None or figure.gender in {None, wanted}]
        if len(fitting) > 1:
            near = {id(sighting.figure) for sighting in self._near(mention.span.start)}
            fitting = [figure for figure in fitting if id(figure) in near] or fitting
        if len(fitting) > 1:
            return Meant(None, UNNAMED, tuple(figure.name for figure in fitting))
        if not fitting or (
            role.nation is None
            and not any(sighting.figure is fitting[0] for sighting in self._near(mention.span.start))
        ):
            return Meant(None, UNNAMED)
        return Meant(fitting[0].name, ROLE)

    def _by_kind(self, mention: SpeakerMention) -> Meant | None:
        """Resolves “the federation”: the only body of that kind so far, if no other body is named more often."""
        noun = lookup_form(mention.words[-1]) if mention.words else ""
        lists = name_lists()
        short = len(mention.words) == 2 and mention.words[0].lower() == "the"  # noqa: PLR2004
        if not short or noun not in lists.bodies or noun in lists.state | _ANY_BODY:
            return None
        named = [seen for seen in self.cast.before(mention.span.start, 0) if seen.figure is None]
        counts = Counter(seen.name for seen in named if nation_of(seen.name) is None)
        fitting = [name for name in counts if " " in name and fold_name(name.split()[-1]) == fold_name(noun)]
        acts = any(seen.is_subject for seen in named if seen.name in fitting)
        known = len(fitting) == 1 and acts and counts[fitting[0]] == max(counts.values())
        return Meant(fitting[0], ROLE) if known else None

    def _pronoun(self, offset: int, gender: Gender, content: Sequence[Span] = ()) -> Meant:
        """Returns the last subject or speaker that agrees, in this paragraph and then in the two before.

        Nobody where the sentences between tell of somebody else whom the pronoun fits, and nobody who is named in the
        words that are said.
        """
        opens = min([offset, *(span.start for span in content)])  # of “I was tired. It was late,” he said
        meant, place = self._antecedent(offset, opens, gender, content)
        figure = self._figure(meant.name) if meant.name is not None else None
        if meant.name is None or place is None:
            return meant
        others = self._named_between(place, opens, gender, meant.name)
        if others or meant.name in self._said_in(content) or not (figure is None or self._is_person(figure)):
            return Meant(None, UNCLEAR, (meant.name, *others))
        told_of = meant.certainty != GOES_ON and tells_of_another(self.article.text, content, gender)
        weak = meant.certainty == ONLY_ONE
        if told_of or (figure is not None and self._unnamed_between(place, opens, gender, figure, weak=weak)):
            return Meant(None, UNCLEAR)
        return meant

    def _unnamed_between(
        self, start: int, end: int, gender: Gender, figure: PersonSighted, *, weak: bool = False
    ) -> bool:
        """Tells whether a person without a name comes in behind `start`: “That moved the prime minister. He said …”.

        Also in the sentence of `start`, where the reading is `weak`.
        """
        text = self.article.text
        for sentence in self.sentences:
            is_own = weak and sentence.start <= start < sentence.end
            if not (is_own or start < sentence.start) or sentence.end > end:
                continue
            for found in _PHRASE.finditer(text, max(start, sentence.start), sentence.end):
                noun = next(filter(is_person_noun, found["words"].split()), None)
                if noun is None or is_plural(noun) or any(role.head == lookup_form(noun) for role in figure.roles):
                    continue
                before = re.search(rf"\b{gender}\b", text[sentence.start : found.start()], re.IGNORECASE)
                told = any(span.start <= found.start() < span.end for span in self.told)
                if gender_of((noun,), ()) in {None, gender} and not (before or told):
                    return True
        return False

    def _antecedent(self, offset: int, opens: int, gender: Gender, content: Sequence[Span]) -> tuple[Meant, int | None]:
        """Finds whom a pronoun means as far as the nearest subjects and speakers tell, and where they stand.

        Whoever the same sentence names behind the pronoun is not meant by it ("he declared Cruz to be anointed"), nor
        whom the words in front of it tell of ("Mr Cruz made the decisions, he said"). Where
        the sentence of that subject, or one after it, names another whom the pronoun fits, it is nobody.
        """
        avoid = self._named_after(offset) | self._named_in(content, offset)
        for paragraph in self._paragraphs(offset)[:3]:
            end = min(offset, paragraph.end)
            near = [seen for seen in self.cast.before(end, paragraph.start) if _agrees(seen.figure, gender, avoid)]
            said = [spoken for spoken in self.spoken if paragraph.start <= spoken.offset < end]
            said = [spoken for spoken in said if self._may_speak(spoken, gender, avoid)]
            acting = self._main_subject([seen for seen in near if not (said and self._is_reported(seen, said[-1]))])
            if said and (acting is None or acting.span.start <= said[-1].offset):
                return self._speaker_again(said[-1], acting, gender), said[-1].offset
            if acting is not None and acting.figure is not None:
                rivals = self._rivals(acting, near)
                rivals = rivals or (() if self._leads(acting, opens) else self._above(acting, near, said, gender))
                if rivals and not any(spoken.name == acting.figure.name for spoken in said):
                    return Meant(None, UNCLEAR, (acting.figure.name, *rivals)), None
                return Meant(acting.figure.name, TAKES_OVER if said else ACTS), acting.span.start
            named = self._without_subject(near, opens, gender) if near else None
            if named is not None and not self._goes_on(paragraph.start, near[-1].span.start, gender):
                clear = not any(paragraph.start <= seen.span.start < end for seen in self.cast.strangers)
                clear = clear and not (end < offset and self._others_spoke(named.name, offset, gender))
                return (named if clear else Meant(None, UNCLEAR)), near[-1].span.start
        return Meant(None, UNCLEAR), None

    def _others_spoke(self, name: str | None, offset: int, gender: Gender) -> bool:
        """Tells whether somebody else whom a pronoun fits spoke in the last paragraphs, and may go on."""
        start = self._paragraphs(offset)[:3][-1].start
        spoken = (one for one in self.spoken if start <= one.offset < offset and one.name not in {None, name})
        return any(self._may_speak(one, gender, ()) for one in spoken)

    def _is_person(self, figure: PersonSighted) -> bool:
        """Tells whether more than a given name tells that somebody is a person: “Summer Renaissance” is a song."""
        told = figure.is_sure or figure.is_told or figure.roles or figure.titles or figure.described or figure.kin
        return bool(told) or any(seen.figure is figure and seen.is_subject for seen in self.cast.sightings)

    def _named_between(self, start: int, end: int, gender: Gender, name: str) -> tuple[str, ...]:
        """Finds whom else a pronoun at `end` may mean: whoever the sentences behind that of `start` name.

        A pronoun in front of such a name goes on with the same person: “He met Trost.”.
        """
        text = self.article.text
        between = [
            sentence
            for sentence in self.sentences
            if start < sentence.start and sentence.end <= end and _STOP.search(text, sentence.end - 2)
        ]
        own = [sentence for sentence in self.sentences if start < sentence.start <= end < sentence.end]
        seen = [named for named in self.cast.before(end, start) if _agrees(named.figure, gender, (name,))]
        strangers = [named for named in self.cast.strangers if named.span.end <= end]
        seen += [named for named in strangers if gender_of((), tuple(named.name.split())) in {None, gender}]
        seen = [named for named in seen if not any(span.covers(named.span) for span in self.told)]
        found: dict[str, None] = {}
        for named in seen:
            near = [*between, *own] if named.figure is None else between
            sentence = next((sentence for sentence in near if sentence.covers(named.span)), None)
            if sentence and not re.search(rf"\b{gender}\b", text[sentence.start : named.span.start], re.IGNORECASE):
                found.setdefault(named.name)
        return tuple(found)

    def _said_in(self, content: Sequence[Span]) -> set[str]:
        """Finds whom words name that are said, between quotation marks too; few speak of themselves by name.

        A given name is enough.
        """
        seen = (sighting for sighting in self.cast.mentions if any(span.covers(sighting.span) for span in content))
        named = {sighting.figure.name for sighting in seen if sighting.figure}
        words = {word for span in content for word in re.findall(r"\w+", self.article.text[span.start : span.end])}
        full = (figure.name.split() for figure in self.cast.figures)
        return named | {" ".join(name) for name in full if len(name) > 1 and name[0] in words}

    def _is_reported(self, seen: Sighting, last: Spoken) -> bool:
        """Tells whether a name stands in what somebody reports: “He said that Mr Vask may be heard. He added …”."""
        until = next((spoken.offset for spoken in self.spoken if spoken.offset > last.offset), len(self.article.text))
        told = takewhile(lambda span: span.end > last.offset, reversed(self.told))
        return any(last.offset < span.start < until and span.covers(seen.span) for span in told)

    def _without_subject(self, near: Sequence[Sighting], offset: int, gender: Gender) -> Meant | None:
        """Finds whom a pronoun means behind sentences that name people, but none as a subject."""
        others = [seen for seen in near if seen.figure and not seen.is_aside]
        names = tuple(dict.fromkeys(seen.figure.name for seen in others if seen.figure))
        only = others[0].figure if len(names) == 1 else None
        if only is not None and only.gender == gender and self._is_told_of(others[0], offset, gender):
            return Meant(only.name, ONLY_ONE)
        owning = tuple(dict.fromkeys(seen.figure.name for seen in near if seen.figure and seen.owns))
        return Meant(None, UNCLEAR, names or owning) if names or owning else None

    def _is_told_of(self, seen: Sighting, offset: int, gender: Gender) -> bool:
        """Tells whether the sentence before a pronoun names somebody, or its own goes on with “who” about them.

        Sentences that go on with the pronoun itself may stand between.
        """
        before = [sentence for sentence in self.sentences if sentence.start <= offset]
        if before and seen.span.start >= before[-1].start:
            return re.search(r"\bwho\b", self.article.text[seen.span.end : offset]) is not None
        narrated = [sentence for sentence in before[:-1] if self.article.text[sentence.start] not in "“\"‘'"]
        while narrated and self.article.text[narrated[-1].start :].lower().startswith(f"{gender} "):
            narrated.pop()
        return bool(narrated) and seen.span.start >= narrated[-1].start

    def _speaker_again(self, last: Spoken, acting: Sighting | None, gender: Gender) -> Meant:
        """Finds who spoke last; behind a question it is who was asked."""
        if last.asked is not None and _agrees(self._figure(last.asked), gender, ()):  # whoever asks does not answer
            return Meant(last.asked, ASKED)
        others = [name for name in sorted(last.others) if _agrees(self._figure(name), gender, ())]
        if others and last.name is not None:
            return Meant(None, UNCLEAR, (last.name, *others))
        if last.name is not None and self._figure(last.name) is None and " " not in last.name:
            return Meant(None, UNCLEAR, (last.name,))
        same = acting is None or acting.figure is None or acting.figure.name == last.name
        return Meant(last.name, GOES_ON if same else TAKES_OVER, speaks_for=last.speaks_for)

    def _rivals(self, acting: Sighting, near: Sequence[Sighting]) -> tuple[str, ...]:
        """Finds whom else the pronoun may mean: those named in the sentence of the subject, or behind it.

        A subject that speaks goes on speaking.
        """
        if acting.speaks:
            return ()
        whole = next(
            (sentence for sentence in reversed(self.sentences) if sentence.start <= acting.span.start), acting.span
        )
        others = [seen for seen in near if seen.span.start >= whole.start and seen.figure is not acting.figure]
        others = [seen for seen in others if not seen.is_aside or (seen.owns and seen.span.start >= whole.end)]
        return tuple(dict.fromkeys(seen.figure.name for seen in others if seen.figure))

    def _above(
        self, inner: Sighting, near: Sequence[Sighting], said: Sequence[Spoken], gender: Gender
    ) -> tuple[str, ...]:
        """Finds whom else a pronoun behind an inner clause may mean: “fell while Reed ruled and rose under Trost”."""
        if inner.is_main or inner.figure is None:
            return ()
        names = [*(seen.figure.name for seen in near if seen.figure), *(spoken.name for spoken in said)]
        start = max((sentence.start for sentence in self.sentences if sentence.start <= inner.span.start), default=0)
        same = [inner.figure.name] if self._goes_on(start, inner.span.start, _FORMS[gender]) else []
        return tuple(dict.fromkeys(name for name in names if name not in {None, inner.figure.name})) or tuple(same)

    def _leads(self, acting: Sighting, offset: int) -> bool:
        """Tells whether a sentence opens with a clause about somebody with whom it goes on at `offset`."""
        whole = next((sentence for sentence in self.sentences if sentence.start <= offset < sentence.end), None)
        return whole is not None and _WHILE.fullmatch(self.article.text[whole.start : acting.span.start]) is not None

    def _may_speak(self, spoken: Spoken, gender: Gender, avoid: Collection[str]) -> bool:
        if spoken.name is None:
            return spoken.is_person and spoken.gender in {None, gender}
        if spoken.asked is not None and _agrees(self._figure(spoken.asked), gender, avoid):
            return True
        figure = self._figure(spoken.name)
        if figure is None:
            return self._is_stranger(spoken.name, gender)
        return spoken.name not in avoid and _agrees(figure, gender, avoid)

    def _is_stranger(self, name: str, gender: Gender) -> bool:
        words = tuple(name.split())
        told = gender_of((), words) or self.genders.get(name)
        return may_be_person(words, self.cast.bodies) and told in {None, gender}

    def _goes_on(self, start: int, end: int, pronouns: str) -> bool:
        """Tells whether a pronoun in front of the first name of a paragraph means somebody else."""
        return re.search(rf"\b(?:{pronouns})\b", self.article.text[start:end], re.IGNORECASE) is not None

    def _named_after(self, offset: int) -> set[str]:
        end = next((sentence.end for sentence in self.sentences if sentence.start <= offset < sentence.end), offset)
        return {seen.figure.name for seen in self.cast.before(end + 1, offset) if seen.figure}

    def _named_in(self, content: Sequence[Span], offset: int) -> set[str]:
        told = [span for span in content if span.end <= offset]
        seen = (sighting for span in told for sighting in self.cast.before(span.end + 1, span.start))
        return {sighting.figure.name for sighting in seen if sighting.figure}

    def _main_subject(self, near: Sequence[Sighting]) -> Sighting | None:
        """Returns the first subject of the nearest sentence that has one; `near` is ordered nearest first."""
        found: Sighting | None = None
        start = 0
        for seen in near:
            if found is not None and seen.span.start < start:
                break
            if seen.is_subject and (found is None or seen.is_main or not found.is_main):
                found = seen
                start = next(
                    (sentence.start for sentence in reversed(self.sentences) if sentence.start <= seen.span.start), 0
                )
        return found

    def _figure(self, name: str) -> PersonSighted | None:
        return next((figure for figure in self.cast.figures if figure.name == name), None)

    def _thing(self, offset: int, content: Sequence[Span]) -> Meant:
        """Resolves “it”: a body if that was the last subject of the paragraph and nobody else spoke since.

        What the reported words themselves tell of does not say them.
        """
        paragraph = self._paragraphs(offset)[0]
        sentence = next((sentence for sentence in self.sentences if sentence.start <= offset < sentence.end), paragraph)
        lead = self.article.text[sentence.start : offset].rstrip()
        leads = len(lead.split()) < 2 or (lead.endswith(",") and SETS_SCENE.match(lead) is not None)  # noqa: PLR2004
        for sighting in self.cast.before(offset, paragraph.start if leads else sentence.start):
            if _ACCORDING.search(self.article.text[paragraph.start : sighting.span.start]):
                return Meant(None, UNCLEAR)  # who was the source may be meant as well
            if sighting.is_subject and not any(span.covers(sighting.span) for span in content):
                since = (
                    spoken.name == sighting.name
                    for spoken in self.spoken
                    if sighting.span.end <= spoken.offset < offset
                )
                return Meant(sighting.name, THING) if sighting.figure is None and all(since) else Meant(None, UNCLEAR)
        return Meant(None, UNCLEAR)

    def _paragraphs(self, offset: int) -> list[Span]:
        """Returns the paragraphs up to `offset`, the nearest first; whose turn it is in a talk, nobody of it means."""
        above = (block.span for block in reversed(self.article.body) if block.start <= offset)
        return list(takewhile(lambda span: _TURN.fullmatch(self.article.cut(span)) is None, above))

    def _near(self, offset: int) -> list[Sighting]:
        paragraphs = self._paragraphs(offset)[:3]
        return list(self.cast.before(offset, paragraphs[-1].start)) if paragraphs else []


def _agrees(figure: PersonSighted | None, gender: Gender, avoid: Collection[str]) -> bool:
    return figure is not None and figure.gender in {None, gender} and figure.name not in avoid
