"""A chat model as an editor: it chooses which pieces of the articles answer, and the words stay the articles' own.

The model's reply is read for numbers alone, so nothing that a model or a planted instruction makes up can reach the
reader. Knows LangChain's chat models; the pieces, and how they are printed, are the offline writer's.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag.answering.offline import OfflineWriter, candidates, draft
from rag.errors import ModelError
from rag.types import Claim, Draft, Evidence, Query

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

_PIECES = 24
SECONDS = 20.0
"""How long one request may take; it is tried once more."""

_RETRIES = 1
_NUMBER = re.compile(r"\d+")
_NONE = re.compile(r"\bnone\b", re.IGNORECASE)


class ModelWriter:
    """Lets a chat model choose; where it fails, the offline writer answers and the answer says so."""

    def __init__(self, model: str, *, base_url: str | None, api_key: str | None, offline: OfflineWriter) -> None:
        """`model` is `openai:NAME`, at OpenAI or on the compatible server at `base_url`, which may need no key."""
        if not api_key and not base_url:
            raise ModelError(f"{model} needs a key; set OPENAI_API_KEY, or unset ONRECORD_MODEL to write offline.")
        self.name = f"model:{model}"
        self.host = urlsplit(base_url).hostname if base_url else "api.openai.com"
        self._model = model
        self._base_url = base_url
        self._api_key = api_key or "none"
        self._offline = offline
        self._chat: BaseChatModel | None = None

    def write(self, query: Query, evidence: Evidence) -> Draft:
        """The pieces that the model chose, in its order, among the frames that count and delimit them."""
        pieces = candidates(query, evidence)[:_PIECES]
        if not pieces:
            return self._offline.write(query, evidence)
        try:
            reply = self._reply(_prompt(query, pieces))
        except ModelError as error:
            return replace(self._offline.write(query, evidence), notes=(str(error),))
        chosen = [pieces[number - 1] for number in _numbers(str(reply.text), len(pieces))]
        written = draft(query, evidence, chosen, self.name)
        return replace(written, usage=_usage(reply), notes=(f"{len(pieces)} passages were sent to {self.host}.",))

    def _reply(self, prompt: str) -> AIMessage:
        """What the model says. ModelError, in words of ours, whatever goes wrong: a server's words may hold the key."""
        import openai
        from langchain_core.messages import HumanMessage

        try:
            return self._connect().invoke([HumanMessage(prompt)])
        except openai.APIStatusError as error:
            raise self._failure(f"refused with status {error.status_code}") from error
        except openai.OpenAIError as error:
            raise self._failure("did not answer") from error
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            # What the client makes of a malformed reply depends on where it breaks.
            raise self._failure("sent something that is no reply") from error

    def _connect(self) -> BaseChatModel:
        """The client, made once; no request is sent."""
        if self._chat is None:
            from langchain.chat_models import init_chat_model

            self._chat = init_chat_model(
                self._model,
                base_url=self._base_url,
                api_key=self._api_key,
                timeout=SECONDS,
                max_retries=_RETRIES,
                temperature=0,
                max_tokens=100,
            )
        return self._chat

    def _failure(self, what: str) -> ModelError:
        return ModelError(f"The model {self._model} at {self.host} {what}, so this answer was put together offline.")


def _prompt(query: Query, pieces: list[Claim]) -> str:
    """The prompt with the pieces between marks that no article can foresee."""
    template = Template(resources.files("prompts").joinpath("choose.md").read_text(encoding="utf-8"))
    numbered = "\n".join(f"{number}. {' '.join(piece.text.split())}" for number, piece in enumerate(pieces, start=1))
    return template.substitute(question=query.standalone, pieces=numbered, marker=f"=== {secrets.token_hex(8)} ===")


def _numbers(reply: str, count: int) -> list[int]:
    """The numbers of pieces in the reply, each once, in its order; those of no piece are left out."""
    if _NONE.search(reply):
        return []
    return list(dict.fromkeys(number for found in _NUMBER.findall(reply) if 1 <= (number := int(found[:9])) <= count))


def _usage(reply: AIMessage) -> Mapping[str, int] | None:
    used = reply.usage_metadata
    return {"input_tokens": used["input_tokens"], "output_tokens": used["output_tokens"]} if used else None
