"""Questions for who reacted to somebody, or to their words: "Who rejected Lund's claim?". Knows English alone."""

from __future__ import annotations

from rag.answering.asking.phrasings import matched, phrasings
from rag.answering.asking.reading import OnRecord, Reading, bare_topic, group

_ANY = tuple(
    """
    respond react reply answer retort counter reject dismiss deny dispute refute rebut contradict challenge disagree
    criticise criticize condemn denounce slam blast attack mock accuse blame praise welcome support back endorse agree
    echo defend thank object
    """.split()  # noqa: SIM905 - a list of words reads better so
)


def reaction(question: str, on_record: OnRecord) -> Reading | None:
    """The reading of a question for who reacted to somebody on record; None for any other.

    `reacts` are the verbs one of which a reaction must have: the question's own, or where that does not say how, any.
    """
    for pattern in phrasings("reaction"):
        match = pattern.fullmatch(question)
        target = on_record(match["target"].strip()) if match else None
        if match and target:
            is_any = matched(match["verb"], "reaction", "any") is not None
            verbs = _ANY if is_any else (match["verb"].split()[0].lower(),)
            return Reading("who_said", bare_topic(group(match, "topic")), asks="who", target=target, reacts=verbs)
    return None
