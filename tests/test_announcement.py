from pathlib import Path

import pytest

from paperlib.claims.announcement import load_announcement
from paperlib.core.errors import DataError


def counted() -> list[tuple[str, int, int]]:
    figures = [figure for model in load_announcement().models.values() for figure in model.figures.values()]
    return [(f.printed, f.k, f.n) for f in figures if f.k is not None and f.n is not None]


@pytest.mark.parametrize(("printed", "k", "n"), counted())
def test_each_count_is_the_only_one_that_prints_as_announced(printed: str, k: int, n: int) -> None:
    assert [count for count in range(n + 1) if f"{100 * count / n:.1f}" == printed] == [k]


def test_announced_multipliers_follow_from_the_counts() -> None:
    for model in load_announcement().models.values():
        tuned, base = model.figures["exact"].k, model.figures["base exact"].k
        assert tuned is not None and base is not None  # noqa: PT018
        assert tuned / base == pytest.approx(float(model.figures["multiplier"].printed), abs=0.005)


def test_an_ill_typed_file_names_its_field(tmp_path: Path) -> None:
    path = tmp_path / "announcement.yaml"
    path.write_text("title: 3\n")
    with pytest.raises(DataError, match=r"announcement\.yaml: field title"):
        load_announcement(path)


def test_broken_yaml_and_no_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "announcement.yaml"
    with pytest.raises(DataError, match="no such file"):
        load_announcement(path)
    path.write_text("a: [")
    with pytest.raises(DataError, match="not valid YAML"):
        load_announcement(path)


def test_every_figure_says_where_it_is_printed() -> None:
    assert all(figure.where for figure in load_announcement().by_name().values())
