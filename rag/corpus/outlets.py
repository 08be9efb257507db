"""Which outlet printed an article, where the article itself says so. Knows nothing of addresses and catalogues.

"Reuters reports" names a source, "Orda reports" may name the outlet: the words alone do not tell. The rule of
`name_in_text` is therefore narrow, and a catalogue corrects it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.corpus.furniture import own_name

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

_NAME = r"[A-Z0-9][\w.'’&-]*(?: [A-Z0-9][\w.'’&-]*){0,3}"
_REPORTS = re.compile(
    rf"[^\n]*, (?:the )?(?P<outlet>{_NAME}) reports"
    r"(?:,? (?:citing|with reference to|referring to|quoting) [^\n]{1,80})?\."
)
_COPYRIGHT = re.compile(
    rf"(?i:copyright|©|\(c\))[ ©]*(?:(?:19|20)\d\d(?:[-–](?:19|20)?\d\d)?,?)? ?(?:by )?(?P<outlet>{_NAME})\.?"
    r"(?: (?i:all rights reserved)\b.*)?"
)


def name_in_text(paragraphs: Iterable[str]) -> str | None:
    """The outlet that closes one of these opening paragraphs by naming itself, "…, Orda reports."; None if in doubt.

    In doubt: the name is that of an agency, paper or broadcaster whom others cite, or there are two of them.
    """
    names = {match["outlet"] for paragraph in paragraphs if (match := _REPORTS.fullmatch(paragraph))}
    name = names.pop() if len(names) == 1 else None
    return None if name is None or _bare(name) in _names(_AGENCIES) | _names(_CITED) else name


def name_in_furniture(lines: Iterable[str]) -> str | None:
    """The outlet that speaks of itself on the page or holds the copyright, which agencies do on pages not theirs."""
    for line in lines:
        copyrighted = _COPYRIGHT.fullmatch(line)
        name = copyrighted["outlet"].rstrip(".") if copyrighted else own_name(line)
        if name and _bare(name) not in _names(_AGENCIES):
            return name
    return None


def _names(listed: str) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in listed.split("|"))


def _bare(name: str) -> str:
    return name.casefold().removeprefix("the ").replace("’", "'")
