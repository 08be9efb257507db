"""Parses the command line and turns errors into one sentence; opens no library before a command runs."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Never

from rag import __version__

_Command = Callable[[str, str], argparse.ArgumentParser]

DONE, COULD_NOT, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        """Exits with code 2 and one sentence that names the help to read."""
        self.exit(WRONG_USAGE, f"onrecord: {message}; see `{self.prog} --help`.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 1 could not, 2 wrong usage."""
    options = build_parser().parse_args(arguments)
    from rag.app import commands
    from rag.app.terminal import note
    from rag.core.errors import OnrecordError, UsageError

    try:
        return commands.run_command(options)
    except UsageError as error:
        note(f"onrecord: {error}")
        return WRONG_USAGE
    except OnrecordError as error:
        note(f"onrecord: {error}")
        return COULD_NOT
    except KeyboardInterrupt:
        note("onrecord: stopped; what was finished is kept.")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return DONE


def build_parser() -> argparse.ArgumentParser:
    """Returns every command and option, as `onrecord --help` shows them."""
    parser = _Parser(
        prog="onrecord", description="Ask a folder of news articles who said what; every answer cites its source."
    )
    parser.add_argument("--version", action="version", version=f"onrecord {__version__}")
    common = _Parser(add_help=False)
    _add_data(parser, None)
    _add_data(common, argparse.SUPPRESS)  # so that it may stand before the command or after it
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[common])

    _add_reading(command)
    _add_asking(command)
    _add_listing(command)
    _add_upkeep(command)
    return parser


def _add_data(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--data", type=Path, default=default, metavar="DIR", help="the library's folder (default: .onrecord)"
    )


def _add_reading(command: _Command) -> None:
    index = command("index", "read a folder of articles into the library; only what changed is read again")
    index.add_argument(
        "folder",
        type=_folder,
        nargs="?",
        metavar="FOLDER",
        help="default: the folder indexed before; may be an address such as s3://bucket/prefix",
    )
    index.add_argument("--replace", action="store_true", help="give up the folder indexed before for this one")
    index.add_argument("--ray", metavar="HOST:PORT", help="read and embed on the machines of this Ray cluster")
    index.add_argument("--json", action="store_true", help="print the report as JSON")
    _add_news(command)
    doctor = command("doctor", "say what is installed, indexed, stale or broken, and mend what can be mended")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    text = command("text", "print the text of one article exactly, as offsets count it")
    text.add_argument("source", metavar="SOURCE", help="an article's source, such as 001.txt or feed.jsonl#3")


def _add_news(command: _Command) -> None:
    add = command(
        "add", "fetch articles by their addresses into the library; a feed (RSS, Atom) or a sitemap is followed"
    )
    add.add_argument("address", nargs="+", metavar="URL", help="an article, a feed or a sitemap")
    add.add_argument(
        "--follow", action="store_true", help="follow the feed of this page, or its section of the sitemap"
    )
    add.add_argument("--limit", type=_positive, default=20, metavar="K", help="newest articles to take (default: 20)")
    add.add_argument(
        "--every", type=_positive, metavar="HOURS", help="refresh it by itself while the chat serves (default: never)"
    )
    add.add_argument("--json", action="store_true", help="print a JSON line for each address")
    feeds = command("feeds", "list the feeds that are followed, refresh them, or follow one no longer")
    act = feeds.add_mutually_exclusive_group()
    act.add_argument("--refresh", nargs="?", const="", metavar="URL", help="fetch what is new in this feed, or in all")
    act.add_argument("--remove", metavar="URL", help="follow this feed no longer; its articles stay")
    act.add_argument("--every", type=_whole, metavar="HOURS", help="refresh --feed by itself; 0 for only when asked")
    feeds.add_argument("--feed", metavar="URL", help="the feed that --every is for")
    feeds.add_argument("--json", action="store_true", help="print JSON lines")


def _add_asking(command: _Command) -> None:
    ask = command("ask", "answer one question, or a batch of them")
    ask.add_argument("question", nargs="?", metavar="QUESTION")
    ask.add_argument("--json", action="store_true", help="print the answer as JSON")
    ask.add_argument("--writer", choices=["offline", "model"], help="who writes (default: the model, if one is set)")
    ask.add_argument("--asked", type=_date, metavar="DATE", help="the day of asking, YYYY-MM-DD (default: today)")
    ask.add_argument(
        "--batch", action="store_true", help='JSON lines {"id","question","history"} in, one line each out'
    )
    chat = command("chat", "open the chat in the browser")
    chat.add_argument("--host", default="127.0.0.1", help="address to serve at (default: 127.0.0.1)")
    chat.add_argument("--port", type=int, default=7860, help="first port to try (default: 7860)")
    chat.add_argument("--auth", type=Path, metavar="FILE", help="ask for a login of this file (see `onrecord login`)")
    chat.add_argument("--insecure", action="store_true", help="serve other machines without any login")
    chat.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    examined = command("exam", "examine the judge of a model's sentences, again if need be; exit code 1 if it fails")
    examined.add_argument("--json", action="store_true", help="print the figures as JSON")
    login = command("login", "add a login for the chat, or change its password")
    login.add_argument("file", type=Path, metavar="FILE", help="the file of logins; made if there is none")
    login.add_argument("name", metavar="NAME", help="who logs in; the password is asked for, or read from stdin")
    _add_programs(command)
    evaluate = command("eval", "ask the eval set and hold the answers against it")
    _add_eval(evaluate)


def _add_programs(command: _Command) -> None:
    token = command("token", "issue, list or revoke tokens by which other programs come in under a login")
    token.add_argument("file", type=Path, metavar="FILE", help="the file of logins that `onrecord chat --auth` reads")
    token.add_argument("name", metavar="NAME", help="the login; a new token is printed once and stored hashed")
    instead = token.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="print the ids of the login's tokens and their days")
    instead.add_argument(
        "--revoke", metavar="ID", help="refuse this token from now on; `all` for every one of the login"
    )
    mcp = command("mcp", "let another assistant quote the articles, by the Model Context Protocol on stdin and stdout")
    mcp.add_argument("--http", action="store_true", help="serve it over HTTP, with the API, but without the page")
    mcp.add_argument("--host", default="127.0.0.1", help="with --http, address to serve at (default: 127.0.0.1)")
    mcp.add_argument("--port", type=int, default=7861, help="with --http, first port to try (default: 7861)")
    mcp.add_argument("--auth", type=Path, metavar="FILE", help="with --http, ask for a token of this file's logins")
    mcp.add_argument("--insecure", action="store_true", help="with --http, serve other machines without any token")


def _add_eval(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("--cases", type=Path, metavar="FILE", help="cases to ask (default: those over seeds/)")
    evaluate.add_argument("--unseen", type=Path, metavar="FILE", help="cases to report apart (default: evals/unseen)")
    evaluate.add_argument("--baseline", action="store_true", help="ask plain RAG the same and show it beside")
    evaluate.add_argument("--json", type=Path, metavar="FILE", dest="json_path", help="write the results as JSON")
    evaluate.add_argument("--html", type=Path, metavar="FILE", dest="html_path", help="write the report as a page")
    evaluate.add_argument("--raise-floors", action="store_true", help="move the floors up to what this run reaches")
    instead = evaluate.add_mutually_exclusive_group()
    instead.add_argument(
        "--compare", nargs=2, metavar="RUN", help="two kept runs case by case: a file, a time, or -1 for the last"
    )
    instead.add_argument(
        "--make-cases", type=Path, metavar="FOLDER", help="draft cases from the library's statements, to be corrected"
    )
    instead.add_argument(
        "--from-feedback", action="store_true", help="print what readers judged in the chat as drafts of cases"
    )


def _add_listing(command: _Command) -> None:
    statements = command("statements", "list every recorded statement: who said what, where")
    statements.add_argument("--by", metavar="NAME", help="only what this speaker said")
    statements.add_argument(
        "--about",
        metavar="TEXT",
        help="only statements that hold all these words, lead-in included; EU finds European Union",
    )
    statements.add_argument("--source", metavar="FILE", help="only from this article")
    statements.add_argument("--outlet", metavar="NAME", help="only from this outlet")
    statements.add_argument("--kind", choices=["direct", "reported", "mixed"], help="only of this kind")
    statements.add_argument("--since", type=_date, metavar="DATE", help="only published on this day or later")
    statements.add_argument("--until", type=_date, metavar="DATE", help="only published on this day or earlier")
    form = statements.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON lines")
    form.add_argument("--csv", action="store_true", help="print CSV")
    statements.add_argument(
        "--perhaps",
        action="store_true",
        help="in JSON and CSV too, list what --by said near --about in meaning only: `perhaps` is true",
    )
    by_hand = statements.add_argument_group("naming speakers by hand")
    by_hand.add_argument("--correct", metavar="ID", help="the statement whose speaker is wrong")
    by_hand.add_argument("--speaker", metavar="NAME", help="who said it")
    by_hand.add_argument("--nobody", action="store_true", help="it is not known who said it")
    by_hand.add_argument("--undo", action="store_true", help="take the correction back")
    by_hand.add_argument(
        "--corrections",
        nargs="?",
        const="",
        metavar="FILE",
        help="print all corrections as JSON lines, or take over those of FILE",
    )
    _add_people(command)
    search = command("search", "find passages without writing an answer")
    search.add_argument("query", nargs="?", metavar="QUERY")
    search.add_argument("--limit", type=_positive, default=10, metavar="K", help="how many (default: 10)")
    search.add_argument("--json", action="store_true", help="print JSON lines")
    search.add_argument("--batch", action="store_true", help='JSON lines {"id","question"} in, one line each out')


def _add_people(command: _Command) -> None:
    people = command("people", "list everybody on record, or show who one of them is and what articles call them")
    people.add_argument("name", nargs="?", metavar="NAME", help="only who bears this name; a title may stand in front")
    people.add_argument("--json", action="store_true", help="print JSON lines")
    by_hand = people.add_argument_group("saying by hand who is who")
    by_hand.add_argument("--join", nargs=2, metavar="NAME", help="two people on record who are one")
    by_hand.add_argument("--split", metavar="NAME", help="a person who is another in the articles of --source")
    by_hand.add_argument("--source", action="append", metavar="FILE", help="an article; may be given several times")
    by_hand.add_argument("--undo", metavar="NAME", help="take back what was joined or split of this person")


def _add_upkeep(command: _Command) -> None:
    verify = command(
        "verify",
        "check the quotations of a draft (.md, .txt, .docx) against the articles, or an exported answer or list of "
        "statements (.json, .jsonl, .csv) against the files as they are today; exit code 0 if all of it stands (words "
        "too few to tell count as standing, and so do words that only moved), 1 if anything does not",
    )
    verify.add_argument("file", type=Path, metavar="FILE", help="the draft or the export")
    verify.add_argument("--json", action="store_true", help="print a JSON line for each quotation or citation")
    command("purge", "forget for good what removed articles left in the library's files; close the chat first")
    backup = command("backup", "write the library and the uploads into one new file")
    backup.add_argument("file", type=Path, metavar="FILE", help="the file to write")
    restore = command("restore", "take a library out of a backup")
    restore.add_argument("file", type=Path, metavar="FILE", help="what `onrecord backup` wrote")
    restore.add_argument("--replace", action="store_true", help="give up the library that is there now")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2024-03-31") from None


def _folder(text: str) -> Path | str:
    """Returns the path, or the address of a folder that lies elsewhere."""
    return text if "://" in text else Path(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _whole(text: str) -> int:
    return 0 if text == "0" else _positive(text)


if __name__ == "__main__":
    sys.exit(main())
