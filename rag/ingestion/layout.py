"""Finds the role of each line of an article: title, heading, caption, byline, date, outlet, body or boilerplate."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import pairwise, takewhile

from rag.core import Article, Block, Reading, Role
from rag.ingestion.catalogue import Details
from rag.text.languages import NOT_ENGLISH, is_english
from rag.text.quantities import WEEKDAYS, written_date
from rag.text.quotation_marks import SENTENCE_END
from rag.text.tokens import letters_only

_LONGEST = 8000
"""No furniture is longer than this many characters: the captions of a long row of pictures come near."""
_LONGEST_HEADLINE = 160
_SENTENCE_LENGTH = 40
"""A line of at least so many characters that ends like a sentence is prose."""
_PARAGRAPH_LENGTH = 120
"""A line of at least so many is prose however it ends."""


def find_furniture(lines: Sequence[str]) -> list[bool]:
    """Tells for each line of a page, in order and without blank ones, whether it is furniture."""
    marks = [_matches("everywhere", line) or not any(map(str.isalnum, line)) for line in lines]
    if lines and _matches("opens_headline", lines[0]):
        marks[0] = False
    prose = [is_prose(line) and not mark for line, mark in zip(lines, marks, strict=True)]
    end = _end_of_reporting(lines, prose)
    for number in range(end, len(lines)):
        marks[number], prose[number] = True, False
    first, last = _edges(prose)
    for number in (*range(first), *range(last + 1, end)):
        marks[number] = marks[number] or _matches("edges", lines[number])
    for number, line in enumerate(lines[:end]):
        if _matches("opens_list", line):
            items = sum(1 for _ in takewhile(_is_headline, lines[number + 1 : end]))
            marks[number : number + 1 + items] = [True] * (1 + items)
    return marks


def find_captions(lines: Sequence[str], furniture: Sequence[bool]) -> list[bool]:
    """Tells for each line whether it is the caption of a picture; behind the reporting none is."""
    prose = [number for number, line in enumerate(lines) if not furniture[number] and is_prose(line)]
    last = prose[-1] if prose else len(lines)
    return [number <= last and _matches("captions", line) for number, line in enumerate(lines)]


def is_prose(line: str) -> bool:
    """Tells whether a line reads like a paragraph: a full sentence of some length, or very long."""
    return len(line) >= _PARAGRAPH_LENGTH or (len(line) >= _SENTENCE_LENGTH and SENTENCE_END.search(line) is not None)


def own_name(line: str) -> str | None:
    """Returns the name by which an outlet speaks of itself on this line ("X is a platform … We aim to …")."""
    match = _pattern("everywhere").fullmatch(_straight(line)) if len(line) <= _LONGEST else None
    return match["outlet"] if match else None


def _edges(prose: Sequence[bool]) -> tuple[int, int]:
    """Returns the numbers of the first and last paragraph of prose; with no prose at all, everything is edge."""
    numbers = [number for number, is_paragraph in enumerate(prose) if is_paragraph]
    return (numbers[0], numbers[-1]) if numbers else (len(prose), len(prose))


def _end_of_reporting(lines: Sequence[str], prose: Sequence[bool]) -> int:
    """Returns the number of the heading after which nothing is reporting, or of lines if there is none.

    Such words also stand above an article, as a link ("Leave a comment"): a third of the prose must come before.
    """
    total = sum(prose)
    before = 0
    for number, line in enumerate(lines):
        if before * 3 >= total and before and _matches("opens_end", line):
            return number
        before += prose[number]
    return len(lines)


def _is_headline(line: str) -> bool:
    return len(line) <= _LONGEST_HEADLINE and not line.endswith((".", ".”", '."', ".’", ":"))


def _matches(group: str, line: str) -> bool:
    return len(line) <= _LONGEST and _pattern(group).fullmatch(_straight(line)) is not None


def _straight(line: str) -> str:
    return line.replace("’", "'")


@cache
def _pattern(group: str) -> re.Pattern[str]:
    rules = tomllib.loads(resources.files("rag.ingestion").joinpath("boilerplate.toml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{rule})" for rule in rules[group]), re.IGNORECASE)


_AGENCIES = """
    AAP|AFP|AKIpress|Anadolu|Anadolu Agency|ANI|ANSA|AP|APA|Armenpress|Associated Press|Azertac|Azertaj|BelTA|Bloomberg
    |dpa|EFE|IANS|Interfax|Interfax-Ukraine|IRNA|Kyodo|News Armenia|PA|PTI|RBC|RBK|Reuters|RIA|RIA Novosti|Sputnik|TASS
    |Tasnim|Ukrinform|UNIAN|Xinhua|Yonhap
"""
_CITED = """
    ABC|ABC News|Al Arabiya|Al Jazeera|Axios|Barron's|BBC|BBC News|Bild|Business Insider|BuzzFeed|BuzzFeed News|CBC|CBS
    |CBS News|CGTN|CNBC|CNN|Corriere della Sera|Daily Beast|Daily Mail|Daily Mirror|Daily Telegraph|Der Spiegel|DW
    |Deutsche Welle|Economist|El País|ESPN|Euronews|Financial Times|Forbes|Fox|Fox News|FT|Global Times|Guardian|Haaretz
    |Hill|Huffington Post|HuffPost|Independent|Izvestia|Kommersant|La Repubblica|Le Figaro|Le Monde|Los Angeles Times
    |LA Times|Mail on Sunday|Meduza|Mirror|MSNBC|NBC|NBC News|New York Post|New York Times|New Yorker|Newsweek|Nikkei
    |NPR|NYT|Observer|PBS|People|Politico|Radio Liberty|RFE/RL|RT|Sky|Sky News|Spiegel|Sun|Sunday Times|Telegraph
    |Time|Times|TMZ|USA Today|Vanity Fair|Variety|Verge|Vice|Vox|Wall Street Journal|Washington Post|Wired|WSJ|Yahoo
    |Yahoo News
"""

_OUTLET_NAME = r"[A-Z0-9][\w.'’&-]*(?: [A-Z0-9][\w.'’&-]*){0,3}"
_REPORTS = re.compile(
    rf"[^\n]*, (?:the )?(?P<outlet>{_OUTLET_NAME}) reports"
    r"(?:,? (?:citing|with reference to|referring to|quoting) [^\n]{1,80})?\."
)
_COPYRIGHT = re.compile(
    rf"(?i:copyright|©|\(c\))[ ©]*(?:(?:19|20)\d\d(?:[-–](?:19|20)?\d\d)?,?)? ?(?:by )?(?P<outlet>{_OUTLET_NAME})\.?"
    r"(?: (?i:all rights reserved)\b.*)?"
)


def outlet_in_text(paragraphs: Iterable[str]) -> str | None:
    """Returns the outlet that closes an opening paragraph by naming itself, "…, Orda reports."; None if in doubt.

    In doubt: the name is that of an agency, paper or broadcaster whom others cite, or there are two of them.
    """
    names = {match["outlet"] for paragraph in paragraphs if (match := _REPORTS.fullmatch(paragraph))}
    name = names.pop() if len(names) == 1 else None
    return None if name is None or _bare(name) in _listed(_AGENCIES) | _listed(_CITED) else name


def outlet_in_furniture(lines: Iterable[str]) -> str | None:
    """Returns the outlet that speaks of itself on the page or holds the copyright; agencies do so on others' pages."""
    for line in lines:
        copyrighted = _COPYRIGHT.fullmatch(line)
        name = copyrighted["outlet"].rstrip(".") if copyrighted else own_name(line)
        if name and _bare(name) not in _listed(_AGENCIES):
            return name
    return None


def _listed(listed: str) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in listed.split("|"))


def _bare(name: str) -> str:
    return name.casefold().removeprefix("the ").replace("’", "'")


_LINE = re.compile(r"[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARGIN = re.compile(r"[\s\ufeff\u200b-\u200f\u2060]*")
"""White space, and characters without width, which str.strip() leaves standing."""
_WIDEST = 120
"""No text is wrapped by hand wider than this."""
_SHARE = 0.8
_FEWEST = 3
"""Least share and number of line ends that must look like wraps."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or all lines of a wrapped paragraph. `start:end` leaves out the white space around, `text` any within."""

    start: int
    end: int
    text: str


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Returns the range without the white space at its ends.

    An empty one (start == end) if there is nothing else in it.
    """
    margin = _MARGIN.match(text, start, end)
    start = margin.end() if margin else start
    while end > start and _MARGIN.fullmatch(text, end - 1, end):
        end -= 1
    return start, end


def find_lines(text: str) -> list[Line]:
    """Finds every line that is not blank; where a text is wrapped by hand, every paragraph."""
    ranges = (trim(text, match.start(), match.end()) for match in _LINE.finditer(text))
    lines = [Line(start, end, text[start:end]) for start, end in ranges if start < end]
    width = max((line.end - line.start for line in lines), default=0)
    if width > _WIDEST:
        return lines
    # Most texts set paragraphs apart by blank lines; some are double-spaced throughout.
    is_double_spaced = not any(_touch(text, *pair) for pair in pairwise(lines))
    inner = [pair for pair in pairwise(lines) if is_double_spaced or _touch(text, *pair)]
    wraps = {
        above.start for above, below in inner if len(above.text) + 1 + len(below.text.split(maxsplit=1)[0]) > width
    }
    if len(wraps) < max(_FEWEST, _SHARE * len(inner)):
        return lines
    return list(_joined(text, lines, wraps))


def _touch(text: str, above: Line, below: Line) -> bool:
    return len(_LINE_END.findall(text, above.end, below.start)) == 1


def _joined(text: str, lines: Sequence[Line], wraps: set[int]) -> Iterator[Line]:
    start: int | None = None
    for line in lines:
        start = line.start if start is None else start
        if line.start not in wraps:
            yield Line(start, line.end, " ".join(text[start : line.end].split()))
            start = None


_HEAD = 8
"""A byline and a date stand within this many lines under the title, a byline also among the last three."""
_FOOT = 3
_LONGEST_TITLE = 160
_LONGEST_CREDIT = 120
_LONGEST_DATE = 60
_TITLE_WORDS = 6
_LABEL_WORDS = 3
"""Up to so many words above the first paragraph are a label ("World", "Munich"), not a headline."""

_NAME = r"(?:[^\W\d_a-z][\w.'’-]*|and|&|de|del|der|van|von|bin|al|el|la|le|du|di|da)"
_BYLINE = re.compile(
    r"(?:(?i:written|words|story|text|reported) )?(?i:by):? (?!(?i:the|a|an|all)\b)"
    rf"(?P<name>{_NAME}(?:,? {_NAME}){{0,9}})"
    r"(?P<rest>\s*[|•·–—/,-].*)?"
)
_STATED_DATE = re.compile(
    r"(?:[\w .]{1,30}[|•·–—-] ?)?"
    r"(?:(?P<published>(?:first )?published|posted|date published|publication date|date of publication|pub date|date)"
    r"|(?:last )?(?:updated|modified|edited)|last update|created)\b.*\d.*",
    re.IGNORECASE,
)
_FRONT_FIELD = re.compile(r"[\w-]+:|- ")
_LATER_DATE = re.compile(r"\b(?:updated|modified|edited|last update)\b", re.IGNORECASE)
_NO_TITLE = re.compile(r"""(?:(?<!\.\.)(?<!\b[A-Z])\.|[:;,—–]|[.?!,]["'”’»)]+)$|^.{60,}[a-z]{4}[.?!]["'”’]? [A-Z“"]""")
"""How sentences end and headlines do not: but a headline may end in three dots or in "U.S."."""
_DATE_FILLING = re.compile(
    rf"\b(?:{WEEKDAYS}|mon|tue|wed|thu|fri|sat|sun|on|at|am|pm|gmt|utc|est|edt|et|bst|ist"
    r"|cet|cest|msk|[a-z]{3,9}\.?(?= \d)|(?<=\d )[a-z]{3,9}|st|nd|rd|th)\b|[\W\d_]",
    re.IGNORECASE,
)


_TIME = re.compile(
    r"(?:(?:posted|updated|published|last updated)(?: at| on)?:? )?(?:at )?\d{1,2}[:.h]\d\d(?:[:.]\d\d)?"
    r"(?: ?[ap]\.?m\.?)?(?: ?\(?(?:[A-Z]{2,4}T?|GMT[+-]\d+)\)?)?\.?(?: ?[|•·–—-])?|\d{1,2} ?[ap]\.?m\.?"
    r"|\d{1,2} ?(?:m|h|d|mins?|minutes?|hours?|hrs?|days?) ago",
    re.IGNORECASE,
)
"""A line that tells only when an entry of a live blog was written."""
_DATELINE = re.compile(
    r"[A-Z][A-Z .'’-]+(?:, [A-Z][\w. ]+)?,? (?:\d{1,2} [A-Z][a-z]{2,8}\.?|[A-Z][a-z]{2,8}\.? \d{1,2})(?:,? \d{4})?"
    r"(?: ?[(/][\w ]+[)/]?)? ?[—–-]*"
)
"""Where and when a report was written, in a line of its own: "PORTAVIA, May 3 (Tern) —"."""
_DASHES = tuple("—–―")
_SIGNED = re.compile(r"[“„«\"].*[”“»\"]\s*(?:[—–―]|-{1,2}\s).*")
"""A quotation with whoever signs it behind a dash."""
_MARKED_HEADING = re.compile(r"#{1,6} \S")
_HEADING = re.compile(r"[^.:;,!?()\[\]|“”\"…—–]+\??")
_LONG_WORD = re.compile(r"\b[^\W\d_]{4,}\b")
_OF_NO_NAME = re.compile(
    r"\b(?:an?|to|in|on|at|by|from|with|as|into|over|after|before|not|no|how|why|what|who|when|where|is|are|was|were|be"
    r"|will|must|can|may|should|could|would|has|have|says?)\b",
    re.IGNORECASE,
)
"""A word that stands in headings, but in no name with its title: "Minister for Trade Ada Lund" is no heading."""
_FEWEST_OF_A_HEADING, _MOST_OF_A_HEADING = 4, 14
_QUOTED = frozenset("“”\"‘’«»'—–-")


def lay_out(reading: Reading, details: Details | None = None) -> Article:
    """Returns the article, with a block for every line that is not blank.

    What `details` say wins over what the format says, and that over what the text says. `published` is taken from the
    text only where it says so ("Published: 12 March 2024", or beside the byline): a date on its own may be the day the
    page was saved.
    """
    given = _given(reading, details or Details())
    lines = find_lines(reading.text)
    texts = [line.text for line in lines]
    furniture = find_furniture(texts)
    roles: list[Role] = ["furniture" if mark else "body" for mark in furniture]
    captions = [text.removeprefix("- ") in reading.captions for text in texts]
    captions = [any(marks) for marks in zip(captions, find_captions(texts, furniture), strict=True)]
    roles = ["caption" if mark else role for mark, role in zip(captions, roles, strict=True)]
    _mark_front_matter(texts, roles)
    is_titled = bool(given.title and _mark_given_title(texts, roles, given.title)) or reading.title
    own_title = None if is_titled else _mark_title(texts, roles)
    byline, published = _mark_credits(texts, roles)
    _mark_labels(texts, roles)
    _mark_lines_between(texts, roles, reading.headings)
    outlet = given.outlet or outlet_in_furniture(_of(texts, roles, "furniture"))
    outlet = outlet or outlet_in_text(list(_of(texts, roles, "body"))[:2])
    _mark_outlet(texts, roles, outlet)
    unread = () if "body" in roles else ("No reporting was found in it, so nothing of it can be cited.",)
    article = Article(
        source=reading.source,
        text=reading.text,
        digest=reading.digest,
        extractor=reading.extractor,
        blocks=tuple(Block(line.start, line.end, role) for line, role in zip(lines, roles, strict=True)),
        encoding=reading.encoding,
        title=given.title or own_title,
        byline=given.byline or byline,
        outlet=outlet,
        published=given.published or published,
        url=given.url,
        warnings=(*reading.warnings, *unread),
    )
    return article if is_english(article) else replace(article, warnings=(*article.warnings, NOT_ENGLISH))


def _given(reading: Reading, details: Details) -> Details:
    return Details(
        title=details.title or reading.title,
        outlet=details.outlet or reading.outlet,
        published=details.published or reading.published,
        url=details.url or reading.url,
        byline=details.byline or reading.byline,
    )


def _of(texts: Sequence[str], roles: Sequence[Role], wanted: Role) -> Iterator[str]:
    return (text for text, role in zip(texts, roles, strict=True) if role == wanted)


def _mark_front_matter(texts: Sequence[str], roles: list[Role]) -> None:
    end = texts.index("---", 1) if texts.count("---") > 1 and texts[0] == "---" else 0
    if all(_FRONT_FIELD.match(text) for text in texts[1:end]):
        roles[:end] = ["furniture"] * end


def _first_prose(texts: Sequence[str], roles: Sequence[Role]) -> int:
    numbers = (number for number, text in enumerate(texts) if roles[number] == "body" and is_prose(text))
    return next(numbers, len(texts))


def _mark_given_title(texts: Sequence[str], roles: list[Role], title: str) -> bool:
    wanted = letters_only(title)
    for number in range(min(_first_prose(texts, roles) + 1, len(texts))):
        line = letters_only(texts[number])
        if wanted.startswith(line) and 2 * len(line) > len(wanted):  # the title may go on: "Title - Outlet"
            roles[number] = "title"
    return "title" in roles


def _mark_title(texts: Sequence[str], roles: list[Role]) -> str | None:
    """Returns the headline above the first paragraph: the first line that is long or shares words with the rest.

    Failing that, the first that could be one at all. What stands above the headline is the page's, not the article's.
    """
    end = min(_first_prose(texts, roles) + 1, len(texts) - 1)  # a headline that asks looks like a paragraph
    head = range(min(end, _first_signed(texts)))
    candidates = [number for number in head if roles[number] == "body" and _could_be_title(texts[number])]
    if not candidates:
        return None
    words = _long_words(" ".join(_of(texts[candidates[-1] + 1 :], roles[candidates[-1] + 1 :], "body")))
    chosen = next((number for number in candidates if _looks_like_title(texts[number], words)), candidates[0])
    roles[:chosen] = ["furniture"] * chosen
    roles[chosen] = "title"
    return texts[chosen].strip("#* \t")


def _first_signed(texts: Sequence[str]) -> int:
    """Returns the first line that the line below it signs: “— Ana Doral, mayor”. No headline stands there or behind."""
    signed = (number for number, text in enumerate(texts[1:]) if text.lstrip()[:1] in _DASHES)
    return next(signed, len(texts))


def _could_be_title(text: str) -> bool:
    if _SIGNED.fullmatch(text):
        return False
    if len(text) > _LONGEST_TITLE or len(text.split()) < _LABEL_WORDS or _BYLINE.fullmatch(text) or _is_date(text):
        return False
    return not _NO_TITLE.search(text)


def _looks_like_title(text: str, words: frozenset[str]) -> bool:
    own = _long_words(text)
    return len(text.split()) >= _TITLE_WORDS or 3 * len(own & words) >= len(own) > 0


def _long_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{4,}", text.casefold()))


def _mark_credits(texts: Sequence[str], roles: list[Role]) -> tuple[str | None, str | None]:
    """Marks bylines and dates of the head and bylines of the foot; the first of each as it stands, the date as ISO."""
    byline = published = None
    head = roles.index("title") + 1 if "title" in roles else 0
    last = len(texts) - 1 - next((n for n, role in enumerate(reversed(roles)) if role != "furniture"), 0)
    for number in sorted({*range(head, head + _HEAD), *range(max(head, last - _FOOT + 1), last + 1)}):
        text = texts[number] if number < len(texts) and roles[number] != "title" else ""
        if len(text) > _LONGEST_CREDIT or not text:
            continue
        credit, date = _BYLINE.fullmatch(text), _STATED_DATE.fullmatch(text)
        if credit:
            roles[number] = "byline"
            byline = byline or credit["name"]
            published = published or _stated_date(credit["rest"] or "")
        elif number < head + _HEAD and ((date and not is_prose(text)) or _is_date(text)):
            roles[number] = "date"
            published = published or (_stated_date(text) if date and date["published"] else None)
    return byline, published


def _stated_date(text: str) -> str | None:
    return written_date(_LATER_DATE.split(text, maxsplit=1)[0])


def _is_date(text: str) -> bool:
    return len(text) <= _LONGEST_DATE and written_date(text) is not None and not _DATE_FILLING.sub("", text)


def _mark_labels(texts: Sequence[str], roles: list[Role]) -> None:
    """Marks the labels above the first paragraph: a few words that are no sentence."""
    first = _first_prose(texts, roles)
    if first == len(texts):
        return
    for number in range(first):
        text = texts[number]
        if roles[number] == "body" and len(text.split()) <= _LABEL_WORDS and text[-1].isalnum():
            roles[number] = "furniture"


def _mark_lines_between(texts: Sequence[str], roles: list[Role], headings: Collection[str]) -> None:
    """Marks what stands between the paragraphs and is none: times of a live blog, datelines, bylines, headings.

    What the page marks as one of the `headings` may be the name of whoever speaks below it.
    """
    for number in range(1, len(texts)):
        text = texts[number]
        if roles[number] != "body" or len(text) > _LONGEST_CREDIT:
            continue
        if _TIME.fullmatch(text) or _DATELINE.fullmatch(text) or _is_date(text):
            roles[number] = "date"
        elif _BYLINE.fullmatch(text) and text[:2].istitle():
            roles[number] = "byline"
        elif _is_heading(text, texts[number - 1], "".join(texts[number + 1 : number + 2]), is_marked=text in headings):
            roles[number] = "heading"


def _is_heading(text: str, before: str, after: str, *, is_marked: bool) -> bool:
    """Tells whether a line between paragraphs is a heading: marked as one, or In Title Case and without a full stop.

    It holds a word that stands in no name. Beside a quotation a line in title case may sign it, and with a comma, a
    colon or a dash it may be somebody's name and role; a question may be an interviewer's.
    """
    if _MARKED_HEADING.match(text):
        return not text.rstrip("#* ").endswith("?")
    if not (_HEADING.fullmatch(text) and _OF_NO_NAME.search(text)):
        return False
    if is_marked:
        return not text.endswith("?")
    words = _LONG_WORD.findall(text)
    is_in_title_case = len(words) > 1 and all(map(str.istitle, words))
    is_short = _FEWEST_OF_A_HEADING <= len(text.split()) <= _MOST_OF_A_HEADING
    is_beside_quotation = before[-1:] in _QUOTED or after[:1] in _QUOTED
    return is_in_title_case and is_short and is_prose(after) and not is_beside_quotation


def _mark_outlet(texts: Sequence[str], roles: list[Role], outlet: str | None) -> None:
    for number, text in enumerate(texts):
        if outlet and roles[number] != "title" and letters_only(text) == letters_only(outlet):
            roles[number] = "outlet"
