"""A small exam of two answers, full of what must never reach a page as markup."""

from evals.cases import Case, Excerpt
from evals.metrics import RANKINGS, measure
from evals.runs import Exam, Result, Run
from rag.core import Answer, Article, NearMiss, Sentence, Turn, Withheld
from tests.answers import cited

NASTY = '<script>alert(1)</script> & "it" <img src=http://evil.example/x>'
TEXT = f"Before. The dam was built in 1911 {NASTY}. After."
ARTICLES = {"dam.txt": Article("dam.txt", TEXT, "d1", "text", ())}
CASE = Case(
    "built",
    "fact",
    f"When was it built? {NASTY}",
    history=(Turn("user", f"Earlier {NASTY}"),),
    evidence=((Excerpt("dam.txt", f"built in 1911 {NASTY}", ("Ann Lee",)),),),
    allowed=(Excerpt("dam.txt", "Before."),),
    forbidden=(Excerpt("dam.txt", "After."), Excerpt("sea.txt")),
    words=(("1911", NASTY),),
    unsaid=(f"1912 {NASTY}",),
    standalone=(f"When was the dam built? {NASTY}",),
    count=1911,
    differences=(((Excerpt("dam.txt", "Before."),), (Excerpt("sea.txt", f"Since {NASTY}"),)),),
    note=f"Note {NASTY}",
)
DECLINE = Case("sea", "off_topic", "How deep is the sea?", reasons=("off_topic",))


def results(*, confident: bool = True) -> tuple[Result, Result]:
    citation = cited(1, ARTICLES["dam.txt"], TEXT[8:-7], NASTY, title=NASTY, url="http://outlet.example/dam")
    near = NearMiss("dam.txt", 0, 7, "Before.", None, NASTY)
    answered = Answer(
        CASE.question, CASE.question, "answered", (Sentence(f"In 1911 {NASTY}", (1,), "checked"),), (citation,),
        "offline", notes=(NASTY,), withheld=(Withheld(NASTY, NASTY),), near_misses=(near,),
        confidence=0.75 if confident else None, usage={"input_tokens": 1200},
    )  # fmt: skip
    declined = Answer("?", "?", "declined", (Sentence("No.", (), "frame"),), (), "offline", reason="off_topic")
    return (
        Result(CASE, answered, measure(CASE, answered, ARTICLES) | dict.fromkeys(RANKINGS, 1.0), 0.25),
        Result(DECLINE, declined, measure(DECLINE, declined, ARTICLES) | dict.fromkeys(RANKINGS), 0.75),
    )


def exam(*, confident: bool = True) -> Exam:
    """The answers as one set called "own", by us and by a baseline."""
    run = Run("own", results(confident=confident), "d" * 64, "offline")
    return Exam("2026-01-02T03:04:05+00:00", (run,), (Run("own", results(), "d" * 64, "baseline"),))
