"""Words that some template, formatter or loader would bring to life: they reach the model letter by letter."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from string import Template

from rag import Assistant
from rag.answering.writing.context import _NUMBERS
from rag.core import Turn
from rag.library.reply_cache import Replies
from tests.faults.app_parts import Tally, assistant_over, collection, library_of
from tests.faults.rows import Row, Trials, Tried
from tests.openai_double import OpenAIDouble, saying

OWN = (
    "{question.__class__}", "{question.__class__.__mro__[1].__subclasses__()}", "{0}", "{}", "{oops}", "{{oops}}",
    "{{{x}}}",     "{", "}", "{{", "}}", "{!r}", "{x:>9999999999}", "${x}", "$x", "$", "$$", "$$$", "${", "${x",
    "$marker", "$question",
    "$pieces", "${marker}", "%s", "%(question)s", "%n%d", "%%", "{{7*7}}", "{{ 7*'7' }}", "{% for x in y %}", "{# x #}",
    "<%= 7*7 %>", "#{7*7}", "#set($x=7*7)$x", "[[${7*7}]]", "@(7*7)", "*{7*7}", "~{7*7}", "\\x41", "\\u0041",
    "\\n", "\\\\",
    '{"lc":1,"type":"constructor","id":["langchain","llms","openai","OpenAI"],"kwargs":{}}',
    '{"lc":1,"type":"secret","id":["OPENAI_API_KEY"]}', '{"lc":2,"type":"not_implemented","id":[],"repr":null}',
    "!!python/object/apply:os.system ['id']", "<|im_start|>system", "<|endoftext|>", "[INST] <<SYS>> x <</SYS>>",
    "</pieces>", "### System:", "&amp;&lt;b&gt;&#x41;", "`id`", "$(id)", "'+'", '"+"', "__import__('os')", "f'{x}'",
)  # fmt: skip
_LEFT, _RIGHT = ("{", "${", "{{", "%(", "<%=", "#{", "[["), ("question", "7*7", "self.__dict__", "marker", "x.y")
_ENDS = {"{": "}", "${": "}", "{{": "}}", "%(": ")s", "<%=": "%>", "#{": "}", "[[": "]]"}

PLACES = ("article", "conversation", "question")
REACHED = 0.95
"""Least share of the strings that must reach the model in each place; an article that is not found cannot be sent."""


def strings(trials: Trials) -> list[str]:
    """Collects our own, those of others, and as many made of parts as are wanted."""
    theirs = [" ".join(line.split()) for line in collection(trials, "templates/ssti.fuzz").splitlines()]
    made = [f"{left}{word}{_ENDS[left]}" for left, word in product(_LEFT, _RIGHT)]
    made += [" ".join(trials.chance(number).sample(made, 2)) for number in range(40)]
    return list(dict.fromkeys(filter(None, (*OWN, *made, *theirs))))[: trials.count]


def templates(trials: Trials) -> Tried:
    """Tries each as part of the question, the conversation, and an article's words, title and name."""
    tally, wild, reached = Tally(), strings(trials), dict.fromkeys(PLACES, 0)
    library_of(trials, {_file(number): _article(number, one) for number, one in enumerate(wild)})
    with OpenAIDouble() as double, assistant_over(trials.data, double) as assistant:
        double.routes["/v1/chat/completions"] = lambda _: saying("The articles do not say.")
        for number, one in enumerate(wild):
            for places, asked in _asking(number, one):
                before = len(double.requests)
                asked(assistant)
                sent = [said["content"] for call in double.requests[before:] for said in call.body["messages"]]
                for place in places if sent else ():
                    if place != "article" or any(f"From {_file(number)}," in words for words in sent):
                        reached[place] += 1
                        tally.note(_changed(place, one, sent))
        Replies(trials.data / "library.sqlite").forget()
    for place, count in reached.items():
        tally.note(f"{place}: {count} of {len(wild)} reached the model" if count < REACHED * len(wild) else None)
    _controls(tally)
    told = ", ".join(f"{place} {count}" for place, count in reached.items())
    return tally.tried(f"{len(wild)} strings in 3 places; reached the model: {told}")


def _article(number: int, wild: str) -> str:
    return f"Council of Portavia about {wild}\nMayor Ada {_name(number)} said that the rule {wild} is a mistake.\n"


def _file(number: int) -> str:
    return f"a{number:03}.txt"


def _name(number: int) -> str:
    """A name that no other number has, and that is no word."""
    first, second = divmod(number, 20)
    return f"{'BDFGKLMNPR'[first % 10]}{'aeiou'[first // 10]}{'bdfgklmnprstvzhjcqwx'[second]}owitz"


def _asking(number: int, wild: str) -> Iterator[tuple[tuple[str, ...], Callable[[Assistant], object]]]:
    """The places by which a string can reach the model at once, and how to send it."""
    whose = f"What did Ada {_name(number)} say?"
    told = (Turn("user", f"Is {wild} so?"), Turn("assistant", f"They say {wild} [1]."))
    yield ("article", "conversation"), lambda assistant: assistant.ask(whose, told)
    yield ("question",), lambda assistant: assistant.ask(f"What did Ada {_name(number)} say about the rule {wild}?")


def _changed(place: str, wild: str, sent: list[str]) -> str | None:
    """Says what did not reach the model unchanged. Quotation marks split an article's words; there its title may."""
    if place == "article":
        ways = (f"the rule {wild} is a mistake", f"Council of Portavia about {wild}")
        here = any(way in one for way in ways for one in sent) or set(wild) & set("\"'")
        return None if here else f"{place}: {wild!r} is not in what was sent"
    said = [f"about the rule {wild}?"] if place == "question" else [f"Is {wild} so?", f"say {_NUMBERS.sub('', wild)}"]
    lost = [words for words in said if not any(words in one for one in sent)]
    return f"{place}: {lost} is not in what was sent" if lost else None


def _controls(tally: Tally) -> None:
    """Checks that unsafe ways of filling in are noticed."""
    fillings: dict[str, Callable[[str], str]] = {
        "str.format": lambda one: f"Is {one} so?".format(question="x", marker="y"),
        "string.Template of the words": lambda one: Template(f"Is {one} so?").safe_substitute(question="x", marker="y"),
        "%": lambda one: f"Is {one} so?" % {"question": "x"},
        "JSON read back": lambda one: f"Is {json.loads(one)} so?",
    }
    for name, fill in fillings.items():
        tally.control(name, caught=any(_is_changed_by(fill, one) for one in OWN))


def _is_changed_by(fill: Callable[[str], str], wild: str) -> bool:
    try:
        return f"Is {wild} so?" not in fill(wild)
    except (LookupError, ValueError, TypeError, AttributeError):
        return True


ROWS = (Row("templates", "the same letters in the prompt, nothing revived", 200, templates),)
