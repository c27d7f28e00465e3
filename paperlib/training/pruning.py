"""Depth pruning: which layers of a pre-trained model to keep, by the angular distance between their inputs.

Gromov et al. 2024 ("The unreasonable ineffectiveness of the deeper layers", https://arxiv.org/abs/2403.17887) remove
the block of consecutive layers over which the hidden state turns least, and heal the model by fine-tuning. The distance
is arccos(cos(x, y)) / pi between the inputs of the first layer of the block and of the first one after it (after the
last layer: the output of the final norm), at the last token of each text, averaged over texts.

    python -m paperlib.training.pruning --base smollm2-135m-instruct --keep 24 18 12 6

prints the lists that recipes of experiments.yaml name under ``layers``. The texts are EdgeJSON's training examples.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import torch

from paperlib.benchmark.edgejson import generate
from paperlib.core.arguments import positive_int
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.data.prompts import encode
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.models import load_base

TEXTS = 64


def kept_layers(distances: torch.Tensor, keep: int) -> tuple[int, ...]:
    """The layers that are left when the block of least angular distance is removed.

    ``distances`` has shape (layers + 1, layers + 1): between the inputs of two layers, the last row and column being
    the output of the last layer. Raises PaperlibError unless 1 <= ``keep`` <= layers.
    """
    layers = len(distances) - 1
    if not 1 <= keep <= layers:
        raise PaperlibError(f"keep: found {keep} layers, expected 1 to {layers}")
    size = layers - keep
    start = min(range(keep + 1), key=lambda first: float(distances[first, first + size])) if size else layers
    return (*range(start), *range(start + size, layers))


def angular_distances(loaded: LoadedModel, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
    """Mean angular distances, in [0, 1], between the states before and after all layers: (layers + 1, layers + 1).

    ``sequences`` are token ids; the distance is taken at the last token of each.
    """
    total: Any = 0
    with torch.inference_mode():
        for tokens in sequences:
            ids = torch.tensor([list(tokens)], device=loaded.base_model.device)
            states = loaded.base_model.get_decoder()(input_ids=ids, output_hidden_states=True).hidden_states
            last = torch.stack([state[0, -1].double() for state in states])
            unit = last / last.norm(dim=-1, keepdim=True)
            total = total + torch.arccos((unit @ unit.T).clamp(-1, 1)) / torch.pi
    return torch.as_tensor(total / len(sequences))


def main(argv: Sequence[str] | None = None) -> int:
    """Prints, for each number of layers, which to keep. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Which layers of a base to keep.")
    parser.add_argument("--base", default="smollm2-135m-instruct", help="base weights")
    parser.add_argument("--keep", type=positive_int, nargs="+", required=True, help="numbers of layers")
    arguments = parser.parse_args(argv)

    def act() -> None:
        loaded = load_base(arguments.base, torch.float32)
        tokens = encode(loaded.tokenizer, generate(TEXTS, 0), "indented")
        distances = angular_distances(loaded, [[*one.prompt, *one.answer[:-1]] for one in tokens])
        for keep in arguments.keep:
            print(f"{keep}: {list(kept_layers(distances, keep))}")

    return exit_code(act)


if __name__ == "__main__":
    sys.exit(main())
