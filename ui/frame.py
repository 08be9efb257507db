"""What stands around every room of the page: its head, the empty rooms, the dialogs. Escaped HTML, no library."""

from __future__ import annotations

from collections.abc import Sequence

from ui.chat import Conversation
from ui.escape import attribute, text

ROOMS = {"ask": "Ask", "record": "Who said what", "draft": "Check a draft", "sources": "Sources", "help": "Help"}
"""The rooms of the page by the name that their address has; help stands among the tools."""

_KEYS = (
    ("/", "Write a question"),
    ("Enter", "Ask it; Shift and Enter begin a new line"),
    ("Esc", "Stop the answer, close what is open"),
    ("j  k", "Next and previous citation"),
    ("c", "Copy the latest answer with its citations"),
    ("e", "Edit the latest question"),
    ("n", "New conversation"),
    ("h", "Conversations kept on this machine"),
)


def masthead_html(state: str, rooms: Sequence[str]) -> str:
    """The head of the page. `state` is HTML; `rooms` are the names of those that there are."""
    links = "".join(
        f'<a href="#{room}"{" aria-current=page" if room == "ask" else ""}>{ROOMS[room]}</a>'
        for room in rooms
        if room != "help"
    )
    helps = '<a class="quiet" href="#help">Help</a>' if "help" in rooms else ""
    return (
        '<header class="masthead">'
        '<a class="skip" href="#question" data-skip="#question textarea">Skip to the question</a>'
        '<a class="skip" href="#answer" data-skip="#live h2">Skip to the answer</a>'
        '<a class="skip" href="#source" data-skip=".panel .shown">Skip to the source</a>'
        '<h1 class="wordmark"><a href="#ask">on<i>record</i></a></h1>'
        f'<nav aria-label="Rooms">{links}</nav><div id="state">{state}</div>'
        '<div class="tools"><button type="button" class="quiet" data-act="new">New</button>'
        '<button type="button" class="quiet" data-act="history" aria-haspopup="dialog">Conversations</button>'
        f"{helps}"
        f'<button type="button" class="quiet round" data-act="keys" aria-label="Keyboard shortcuts">?</button>'
        '<form class="out" method="post" action="logout" hidden><button class="quiet">Log out</button></form>'
        "</div></header>"
    )


def rooms_html(rooms: Sequence[str]) -> str:
    """The rooms beside the conversation, empty until they are entered."""
    return "".join(
        f'<section class="room" data-room="{room}" aria-label="{ROOMS[room]}" tabindex="-1" hidden></section>'
        for room in rooms
        if room != "ask"
    )


def dialogs_html(rooms: Sequence[str]) -> str:
    """The conversations, the shortcuts, the card at a chip, and the line that says aloud what was done."""
    there = [ROOMS[room] for room in rooms if room != "help"]
    every = (*_KEYS, (f"1 – {len(there)}", ", ".join(there)), ("?", "This list"))
    keys = "".join(f"<div><dt>{_keys(keys)}</dt><dd>{meaning}</dd></div>" for keys, meaning in every)
    close = '<button type="button" class="quiet round" data-act="close" aria-label="Close">✕</button>'
    return (
        '<dialog id="history" aria-labelledby="history-title"><header><h2 id="history-title">Conversations</h2>'
        f'{close}</header><p class="hint">Kept on this machine, for this browser alone.</p>'
        '<input type="search" class="search" placeholder="Search them …" aria-label="Search the conversations">'
        '<div class="listing" aria-live="polite"></div></dialog>'
        f'<dialog id="keys" aria-labelledby="keys-title"><header><h2 id="keys-title">Shortcuts</h2>{close}</header>'
        f'<dl>{keys}</dl><p class="hint">They rest while you type. '
        '<label><input type="checkbox" id="single-keys" checked> Use single keys</label></p></dialog>'
        '<div id="hover" role="tooltip" hidden></div><p class="aloud" id="said" role="status"></p>'
    )


def listing_html(conversations: Sequence[Conversation], search: str = "") -> str:
    """The list of conversations, each to be opened, renamed, saved or deleted."""
    if not conversations:
        nothing = f"None holds “{text(search)}”." if search else "None yet. What you ask is kept here."
        return f'<p class="nothing">{nothing}</p>'
    return f'<ul class="conversations">{"".join(map(_conversation_html, conversations))}</ul>'


def _conversation_html(one: Conversation) -> str:
    saves = "".join(
        f'<a class="quiet" href="conversations/{attribute(one.id)}.{form}" download>{name}</a>'
        for form, name in (("md", "Markdown"), ("docx", "Word"), ("csv", "CSV"), ("json", "JSON"))
    )
    return (
        f'<li data-thread="{attribute(one.id)}"><a class="title" dir="auto" href="#ask?c={attribute(one.id)}">'
        f'{text(one.title)}</a><p class="meta">{text(one.changed[:16].replace("T", " "))} · '
        f"{one.exchanges} asked</p>"
        f'<details class="more"><summary aria-label="What to do with {attribute(one.title)}">···</summary>'
        f'<div class="does"><button type="button" class="quiet" data-act="rename">Rename</button>{saves}'
        '<button type="button" class="quiet" data-act="delete">Delete</button></div></details></li>'
    )


def _keys(keys: str) -> str:
    return " ".join(f"<kbd>{key}</kbd>" if key != "–" else "–" for key in keys.split())
