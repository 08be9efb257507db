"""HTML read back in tests: every element with its attributes and its text, as a browser would see them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "input"}


@dataclass
class Element:
    """An element: `text` is that of all its descendants, too."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())


@dataclass
class Markup(HTMLParser):
    """A parsed piece of HTML. It fails on an end that nothing began, and on a beginning without an end."""

    html: str
    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(str.__str__(self.html))  # of HTML that escapes what is added to it, the bare words
        self.close()
        assert not self._open, f"left open: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, *classes: str) -> list[Element]:
        """The elements of a tag (`*` is any) that carry all the classes."""
        return [one for one in self.elements if tag in {"*", one.tag} and set(classes) <= one.classes]

    def one(self, tag: str, *classes: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, *classes)
        return found
