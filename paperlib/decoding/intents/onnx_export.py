"""A classifier as a folder for ONNX Runtime: ``classifier.onnx``, which holds all of it, and its card."""

from pathlib import Path

import numpy as np

from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, read_text, write_text
from paperlib.core.packages import require
from paperlib.data.intents import classifier_files
from paperlib.decoding.engines.export.folder_parts import check_free, write_sums
from paperlib.decoding.intents.classifier import Classifier, stored

SAMPLES = ("please cancel my order", "Where is my card? It has not come.", "", "ça marche, 日本語 🙂")
CLOSE = 1e-3  # of a logit, between numpy and ONNX Runtime
CARD = "README.md"
PAGE = """
## As ONNX

`classifier.onnx` is the whole classifier. `Classifier.load(FOLDER)` of paperlib runs it with ONNX Runtime. In any other
program, one text at a time:

- input `pieces`, int64 (positions,): the text's word pieces, at most {longest}, by the vocabulary in the metadata entry
  `vocabulary`, as BERT's uncased tokenizer makes them, with [CLS] and [SEP];
- input `buckets`, int64 (n-grams,): the buckets of its n-grams, {buckets} in all, by CRC-32, as
  `paperlib/data/intents/ngram_hashing.py` makes them; either input is missing where the classifier has no use for it;
- output `logits`, float32 (1, {outputs}): divided by the temperature {temperature:.3f}, and through a softmax, they are
  the probabilities of the labels in the metadata entry `meta`. Under {threshold:.3f} the answer is none.
"""


def export_onnx(folder: Path, out: Path) -> str:
    """Writes the classifier of ``folder`` to the folder ``out``, whole or not at all, and returns its answer to a
    sample.

    Raises PaperlibError where a package is missing, something else lies in ``out``, or ONNX Runtime gives other logits
    than numpy does.
    """
    require("export --to onnx", "onnx", "onnxruntime")
    check_free(out)
    if not (folder / classifier_files.NUMPY).is_file():
        raise PaperlibError(f"{folder}: is exported already; name the folder that it was made of")
    from paperlib.decoding.intents.onnx_graph import write_onnx  # which imports onnx

    meta, arrays, vocabulary = stored(folder)
    with atomic_folder(out) as part:
        part.mkdir(parents=True)
        write_onnx(part / classifier_files.ONNX, arrays, meta, vocabulary)
        answer = _checked(folder, part)
        card = read_text(folder / CARD, "card") if (folder / CARD).is_file() else f"# {folder.resolve().name}\n"
        write_text(part / CARD, card + PAGE.format(**meta, outputs=len(meta["labels"])))
        write_sums(part)
    return answer


def _checked(folder: Path, part: Path) -> str:
    """What the exported classifier answers, which is what the other does."""
    exported, own = Classifier.load(part), Classifier.load(folder)
    if (apart := np.abs(exported.logits(SAMPLES) - own.logits(SAMPLES)).max()) > CLOSE:
        raise PaperlibError(f"ONNX Runtime's logits differ by {apart:.2g} from numpy's; nothing was written")
    (found,) = exported.classify(SAMPLES[:1])
    return f"{SAMPLES[0]}: {found.as_json()}"
