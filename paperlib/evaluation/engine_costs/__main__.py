"""``python -m paperlib.evaluation.engine_costs``: measures the forms of a model on this machine."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from paperlib.core import paths
from paperlib.core.arguments import add_threads, positive_float, positive_int
from paperlib.core.errors import exit_code
from paperlib.evaluation.engine_costs.cost_records import CostConfig
from paperlib.evaluation.engine_costs.cost_tables import cost_table
from paperlib.evaluation.engine_costs.forms import FORMS, form_of
from paperlib.evaluation.engine_costs.measuring import measure

ABOUT = """Measures what each form of one model costs on this machine: the files of its weights, memory, loading, tokens
a second, seconds and joules an answer, and what it answers beside float32 in torch. Nothing else should run meanwhile.
A run that was stopped goes on where it was; a form that has a record of the same settings is not measured again."""


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    fields = CostConfig.model_fields
    parser = argparse.ArgumentParser(prog="python -m paperlib.evaluation.engine_costs", description=ABOUT)
    parser.add_argument(
        "model", metavar="MODEL", help="a released adapter or a trained run by name, a folder, or a base"
    )
    parser.add_argument("--out", type=Path, default=paths.ENGINE_COSTS, metavar="DIR", help="of the records")
    names = [form.name for form in FORMS]
    text = f"default: all of {', '.join(names)}"
    parser.add_argument("--forms", nargs="+", default=names, metavar="FORM", help=text)
    parser.add_argument("--base", help="base weights, where they lie elsewhere now")
    parser.add_argument("--test", default=fields["test"].default, help="of experiments.yaml (default: %(default)s)")
    text = "of experiments.yaml; transformers is always greedy (default: %(default)s)"
    parser.add_argument("--decoding", default=fields["decoding"].default, help=text)
    for name, text in (
        ("examples", "that are answered and scored, at most"),
        ("timed", "texts of each tier that are timed, at most"),
        ("repeats", "of each timing, in turn with those of the other forms"),
        ("tokens", "generated to find the rate of generation"),
        ("at_once", "texts that are generated together"),
    ):
        option, default = f"--{name.replace('_', '-')}", fields[name].default
        parser.add_argument(
            option, type=positive_int, default=default, metavar="N", help=f"{text} (default: {default})"
        )
    text = "longest answer, as a multiple of those of the training (default: %(default)s)"
    parser.add_argument("--cap-factor", type=positive_float, default=fields["cap_factor"].default, help=text)
    add_threads(parser)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    arguments = vars(parsed(argv))
    out, forms = arguments.pop("out"), [form_of(name) for name in arguments.pop("forms")]
    print(cost_table(measure(CostConfig(**arguments), forms, out)))
    print(f"\n{paths.display(out)}: a record for each")


if __name__ == "__main__":
    sys.exit(exit_code(main))
