"""Trains the reader: `make train-reader SET=FOLDER OPEN=FOLDER`; the groups come from `python -m evals.reader_groups`.

The network is the embedding model's. Question and candidate pass its lower three layers apart, as they were trained and
frozen, and the upper three together. The score starts as the embedder's cosine, to which a small network learns to add.
Needs torch, which onrecord does not: `pip install --target artifacts/reader/torch torch==2.13.0+cpu` and that folder on
PYTHONPATH.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import random
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.sets import read_lines
from rag.answering.reading import minilm_reader
from rag.answering.reading.minilm_reader import Tokens
from rag.answering.reading.signals import Candidate
from rag.text.tokens import FUNCTION_WORDS
from rag.vectors import minilm_onnx

RATE = 2e-4
WARM_UP = 0.04
COOL_DOWN = 0.4
"""Share of the training in which the learning rate falls to 0."""

DECAY = 0.99
"""Decay of the running mean of the weights, less at first; the mean is what is saved in the end."""

WRONG = 5
"""Wrong sentences that a question is shown with."""

BUDGET = 2600
"""Tokens of a step."""

UNTITLED = 0.2
SPEAKERLESS = 0.3
ALONE = 0.25
TELEGRAPHIC = 0.15
"""Shares of the groups without titles, speakers, sentences before, and with the question's function words left out."""

GLANCE = 3
"""Between passes, one in this many of the groups held out is examined."""

EXAMINED = 16
"""Wrong sentences that a group held out is examined with."""

SLOW = 50
"""Steps between two lines of the log."""

Torch = Any
Tensor = Any
Weights = dict[str, Tensor]
Group = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How often each group is shown, the highest rate of learning, and where the weights go."""

    passes: float
    rate: float
    out: Path


@dataclass(frozen=True, slots=True)
class Item:
    """A group in token ids: the question, the texts, and whether the first of them answers."""

    question: list[int]
    texts: list[list[int]]
    answers: bool

    @property
    def cost(self) -> int:
        """How many tokens it takes, padded."""
        return len(self.texts) * (len(self.question) + max(map(len, self.texts)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, and write the weights of the upper layers."""
    parser = argparse.ArgumentParser(prog="python -m evals.train_reader", description=__doc__.partition("\n")[0])
    parser.add_argument("--groups", type=Path, nargs="+", required=True, help="files of `evals.reader_groups`")
    parser.add_argument("--held", type=Path, required=True, help="groups to examine, never to train on")
    parser.add_argument("--passes", type=float, default=3.0, help="how often each question is seen")
    parser.add_argument("--start", type=Path, help="weights to go on from instead of the embedder's")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go, as safetensors")
    parser.add_argument("--rate", type=float, default=RATE, help="the highest rate of learning")
    parser.add_argument("--network", type=Path, default=minilm_reader.UPPER, help="where the quantised network goes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    trainer = Trainer(options.threads, options.seed, options.start)
    for path in (*options.groups, options.held):
        sys.stdout.write(f"{path} sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    groups = [group for path in options.groups for group in read_lines(path)]
    held = list(read_lines(options.held))
    trainer.train(groups, Plan(options.passes, options.rate, options.out), held)
    trainer.save(options.out)
    export(options.out, options.network)
    return 0


def load_torch() -> Torch:
    """Returns the library that trains; SystemExit with the remedy where it is not installed."""
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        remedy = "run `pip install --target artifacts/reader/torch torch==2.13.0+cpu` and put that folder on PYTHONPATH"
        raise SystemExit(f"Training needs torch, which onrecord itself does not; {remedy}.") from error


class Network:
    """The reader in torch, its weights named as the embedding model's are and those of its own after `reader`."""

    def __init__(self, torch: Torch, start: Path | None) -> None:
        self.torch, self.functional = torch, torch.nn.functional
        packaged = minilm_onnx.load_weights(minilm_onnx.find_weights())
        self.weights: Weights = {name: torch.tensor(values) for name, values in packaged.items()}
        size, hidden = minilm_onnx.DIMENSION, 128
        self.weights |= {
            "reader.side": torch.zeros(2, size),
            "reader.scale": torch.tensor(8.0),
            "reader.bias": torch.tensor(-4.0),
            "reader.hidden.weight": torch.randn(hidden, 3 * size) * 0.02,
            "reader.hidden.bias": torch.zeros(hidden),
            "reader.out.weight": torch.zeros(1, hidden),
            "reader.out.bias": torch.zeros(1),
        }
        if start:
            load_file = importlib.import_module("safetensors.torch").load_file
            self.weights |= load_file(start)
        self.known: dict[tuple[int, ...], Tensor] = {}

    def trained(self) -> Weights:
        """Returns the weights that training changes: the upper layers and the reader's own."""
        upper = tuple(f"encoder.layer.{layer}." for layer in range(minilm_reader.APART, minilm_onnx.LAYERS))
        return {name: value for name, value in self.weights.items() if name.startswith((*upper, "reader."))}

    def scores(self, items: Sequence[Item], drop: float = 0.0) -> Tensor:
        """Returns the score of each text of each item, in order."""
        torch = self.torch
        self._lower([ids for item in items for ids in (item.question, *item.texts)])
        pairs = [(item.question, text) for item in items for text in item.texts]
        question, question_mask = self._padded([question for question, _ in pairs])
        text, text_mask = self._padded([text for _, text in pairs])
        side = self.weights["reader.side"]
        state = torch.cat([question + side[0], text + side[1]], 1).float()
        mask = torch.cat([question_mask, text_mask], 1)
        for layer in range(minilm_reader.APART, minilm_onnx.LAYERS):
            state = self._layer(layer, state, mask, drop)
        cut = question.shape[1]
        return self._head(state[:, :cut].float(), question_mask, state[:, cut:].float(), text_mask, drop)

    def _head(self, question: Tensor, question_mask: Tensor, text: Tensor, text_mask: Tensor, drop: float) -> Tensor:
        torch, functional, weights = self.torch, self.functional, self.weights
        with torch.autocast("cpu", enabled=False):
            asked = (question * question_mask[..., None]).sum(1) / question_mask.sum(1, keepdim=True)
            told = (text * text_mask[..., None]).sum(1) / text_mask.sum(1, keepdim=True)
            top = text.masked_fill(~text_mask[..., None], -9).amax(1)
            joined = torch.cat([asked * told, told, top], 1)
            hidden = functional.gelu(self._dense("reader.hidden", joined))
            added = self._dense("reader.out", functional.dropout(hidden, drop))[:, 0]
            cosine = functional.cosine_similarity(asked, told, dim=1)
            return weights["reader.scale"] * cosine + weights["reader.bias"] + added

    def _lower(self, texts: Iterable[list[int]]) -> None:
        """Computes and keep the states behind the lower layers of those texts that are new: they never change."""
        torch = self.torch
        new = sorted({tuple(text) for text in texts} - self.known.keys(), key=len)
        with torch.no_grad():
            for start in range(0, len(new), 32):
                batch = new[start : start + 32]
                ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(tokens) for tokens in batch], batch_first=True)
                states = self._embedded(ids)
                for layer in range(minilm_reader.APART):
                    states = self._layer(layer, states, ids > 0, 0.0)
                for tokens, state in zip(batch, states.to(torch.bfloat16), strict=True):
                    self.known[tokens] = state[: len(tokens)].clone()

    def _embedded(self, ids: Tensor) -> Tensor:
        weights = self.weights
        places = weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        state = weights["embeddings.word_embeddings.weight"][ids] + places
        return self._norm("embeddings.LayerNorm", state + weights["embeddings.token_type_embeddings.weight"][0])

    def _padded(self, texts: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        pad = self.torch.nn.utils.rnn.pad_sequence
        lengths = self.torch.tensor([len(text) for text in texts])
        states = pad([self.known[tuple(text)] for text in texts], batch_first=True)
        return states, self.torch.arange(states.shape[1])[None] < lengths[:, None]

    def _layer(self, layer: int, state: Tensor, mask: Tensor, drop: float) -> Tensor:
        torch, functional, name = self.torch, self.functional, f"encoder.layer.{layer}"
        batch, length, size = state.shape
        heads = [
            self._dense(f"{name}.attention.self.{part}", state)
            .view(batch, length, minilm_onnx.HEADS, size // minilm_onnx.HEADS)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        ]
        bias = torch.zeros(mask.shape).masked_fill(~mask, -1e4)[:, None, None, :].expand(-1, 1, length, -1)
        attended = functional.scaled_dot_product_attention(*heads, attn_mask=bias.to(heads[0].dtype))
        attended = attended.transpose(1, 2).reshape(batch, length, size)
        attended = functional.dropout(self._dense(f"{name}.attention.output.dense", attended), drop)
        state = self._norm(f"{name}.attention.output.LayerNorm", state + attended)
        wide = functional.gelu(self._dense(f"{name}.intermediate.dense", state))
        forwarded = functional.dropout(self._dense(f"{name}.output.dense", wide), drop)
        return self._norm(f"{name}.output.LayerNorm", state + forwarded)

    def _dense(self, name: str, state: Tensor) -> Tensor:
        return self.functional.linear(state, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, name: str, state: Tensor) -> Tensor:
        scale, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return self.functional.layer_norm(state.float(), (minilm_onnx.DIMENSION,), scale, bias, minilm_onnx.EPSILON)


class Trainer:
    """Trains a network, and keeps the running mean of its weights."""

    def __init__(self, threads: int, seed: int, start: Path | None = None) -> None:
        self.torch = load_torch()
        self.torch.manual_seed(seed)
        self.torch.set_num_threads(threads)
        self.chance = random.Random(seed)  # noqa: S311 - a seed makes a training repeatable
        self.tokens = Tokens(minilm_onnx.find_weights() / "tokenizer.json")
        self.network = Network(self.torch, start)
        self.mean = {name: value.clone() for name, value in self.network.trained().items()}
        self.steps = 0

    def train(self, groups: Sequence[Group], plan: Plan, held: Sequence[Group]) -> None:
        """Trains by the plan; write a checkpoint with every line of the log, and figures as often as a pass is over."""
        whole, seen, began, losses = int(plan.passes * len(groups)), 0, time.monotonic(), list[float]()
        optimizer = self._optimizer()
        while seen < whole:
            for batch in self._batches(groups, whole - seen):
                seen += len(batch)
                losses.append(self._step(optimizer, batch, plan.rate * _share_of_rate(seen / whole)))
                if len(losses) % SLOW == 0:
                    recent = sum(losses[-SLOW:]) / SLOW
                    spent = f"{time.monotonic() - began:.0f} s, {time.process_time():.0f} CPU s"
                    sys.stdout.write(f"{seen}/{whole} questions, {spent}, loss {recent:.3f}\n")
                    sys.stdout.flush()
                    self.save(plan.out)
            self.save(plan.out)
            self.report(held[::GLANCE] if seen < whole else held, seen)
        if not whole:
            self.report(held)

    def _optimizer(self) -> Any:  # noqa: ANN401  # torch's own
        matrices: list[Tensor] = []
        numbers: list[Tensor] = []
        for name, value in self.network.trained().items():
            value.requires_grad_(requires_grad=True)
            (matrices if name not in {"reader.scale", "reader.bias"} else numbers).append(value)
        parts = [{"params": matrices, "times": 1.0, "weight_decay": 0.01}, {"params": numbers, "times": 30.0}]
        return self.torch.optim.AdamW(parts, lr=RATE, betas=(0.9, 0.98), weight_decay=0.0)

    def _step(self, optimizer: Any, batch: Sequence[Item], rate: float) -> float:  # noqa: ANN401  # torch's own
        torch = self.torch
        for part in optimizer.param_groups:
            part["lr"] = rate * part["times"]
        with torch.autocast("cpu", torch.bfloat16):
            scores = self.network.scores(batch, drop=0.1)
        loss = self._loss(scores, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([value for part in optimizer.param_groups for value in part["params"]], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        self.steps += 1
        kept = min(DECAY, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, value in self.network.trained().items():
                self.mean[name].lerp_(value, 1 - kept)
        return float(loss.detach())

    def _loss(self, scores: Tensor, batch: Sequence[Item]) -> Tensor:
        """Computes the loss of each text by itself and of the right one's rank among those of its question."""
        torch, functional = self.torch, self.torch.nn.functional
        right = torch.tensor([float(item.answers and not place) for item in batch for place in range(len(item.texts))])
        alone = functional.binary_cross_entropy_with_logits(scores, right, weight=1 + 0.5 * right)
        parts = scores.split([len(item.texts) for item in batch])
        ranked = [part.logsumexp(0) - part[0] for part, item in zip(parts, batch, strict=True) if item.answers]
        return alone + (torch.stack(ranked).mean() if ranked else 0)

    def _batches(self, groups: Sequence[Group], most: int) -> list[list[Item]]:
        """The groups in random order, cut to `most`, those of like length together, within the budget of a step."""
        drawn = self.chance.sample(groups, min(most, len(groups)))
        batches, cost = [list[Item]()], 0
        for item in sorted(map(self._drawn, drawn), key=lambda item: max(map(len, item.texts))):
            if batches[-1] and cost + item.cost > BUDGET:
                batches.append([])
                cost = 0
            batches[-1].append(item)
            cost += item.cost
        self.chance.shuffle(batches)
        return batches

    def _drawn(self, group: Group) -> Item:
        """Returns one right sentence and some wrong ones, now and then without titles, speakers or function words."""
        chance = self.chance
        right = [chance.choice(group["right"])] if group["right"] else []
        wrong = chance.sample(group["wrong"], min(WRONG, len(group["wrong"])))
        titled, spoken, led = (chance.random() > share for share in (UNTITLED, SPEAKERLESS, ALONE))
        question = telegraphic(group["question"]) if chance.random() < TELEGRAPHIC else group["question"]
        texts = [
            (title if titled else "", speaker if spoken else "", sentence, before if led else "")
            for title, speaker, sentence, before in (*right, *wrong)
        ]
        return self._item(question, texts, answers=bool(right))

    def _item(self, question: str, texts: Sequence[Sequence[str]], *, answers: bool) -> Item:
        candidates = [Candidate(sentence, speaker, title, before) for title, speaker, sentence, before in texts]
        return Item(self.tokens.question(question), list(map(self.tokens.candidate, candidates)), answers)

    def report(self, held: Sequence[Group], seen: int = 0) -> None:
        """Writes how the running mean of the weights does on the groups held out."""
        torch, ranks, best = self.torch, list[int](), {True: list[float](), False: list[float]()}
        kept = {name: value.detach().clone() for name, value in self.network.trained().items()}
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            self._put(self.mean)
            for group in held:
                count = len(group["right"])
                shown = (*group["right"], *group["wrong"][:EXAMINED])
                scores = self.network.scores([self._item(group["question"], shown, answers=True)]).tolist()
                best[bool(count)].append(max(scores))
                if count:
                    ranks.append(1 + sum(score > max(scores[:count]) for score in scores[count:]))
            self._put(kept)
        auc = sum(a > b for a in best[True] for b in best[False]) / max(1, len(best[True]) * len(best[False]))
        first, mrr = sum(rank == 1 for rank in ranks) / len(ranks), sum(1 / rank for rank in ranks) / len(ranks)
        spent = f"{seen} questions, {time.process_time():.0f} CPU s"
        sys.stdout.write(f"HELD OUT after {spent}: top-1 {first:.3f}, MRR {mrr:.3f}, answerable AUC {auc:.3f}\n")
        sys.stdout.flush()

    def _put(self, weights: Weights) -> None:
        for name, value in weights.items():
            self.network.weights[name].data.copy_(value)

    def save(self, out: Path) -> None:
        """Writes the running mean of the trained weights."""
        out.parent.mkdir(parents=True, exist_ok=True)
        save_file = importlib.import_module("safetensors.torch").save_file
        save_file({name: value.detach().contiguous() for name, value in self.mean.items()}, out)


def export(trained: Path, path: Path) -> None:
    """Writes the upper network in 8-bit integers, from weights that `Trainer.save` wrote."""
    load_file = importlib.import_module("safetensors.numpy").load_file
    packaged = minilm_onnx.load_weights(minilm_onnx.find_weights())
    minilm_onnx.quantise(minilm_reader.upper(packaged, load_file(trained)), path)
    sys.stdout.write(f"{path} sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}\n")


def _share_of_rate(done: float) -> float:
    """Returns the share of the highest learning rate at that share of the training."""
    return min(done / WARM_UP, 1.0, (1 - done) / COOL_DOWN + 0.02)


def telegraphic(question: str) -> str:
    """Returns the question as it is typed into a search box: without its function words."""
    kept = [word for word in question.rstrip("?").split() if word.lower().strip(",.") not in FUNCTION_WORDS]
    return " ".join(kept) or question


if __name__ == "__main__":
    sys.exit(main())
