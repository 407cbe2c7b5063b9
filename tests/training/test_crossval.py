"""The loop over folds, with systems that learn nothing."""

import json
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest

from assistant.cli.model_parser import SYSTEMS as NAMES
from assistant.errors import CorpusError, TrainingError
from assistant.training.crossval import (
    SYSTEMS,
    CrossvalOptions,
    crossval,
)
from assistant.training.results_file import read_results, write_results
from assistant.training.systems import FoldAnswers

# Two sentences of each actor, neutral and happy, one of them sung.
ROWS = [
    f"{corpus}/03-0{channel}-0{code}-01-01-01-{actor:02}.wav,{corpus},ravdess-{actor:02},{label}"
    for actor in range(1, 25)
    for corpus, channel in (("ravdess", 1), ("ravdess_song", 2))
    for code, label in ((1, "neutral"), (3, "happy"))
]


@dataclass
class CallsAll:
    """FoldAnswers every clip with one label, and remembers what it was asked."""

    label: int = 0
    name: str = "calls-all"
    needs: tuple = ()
    corpora: tuple = ("ravdess", "ravdess_song")
    dies_at: int = 0
    asked: list = field(default_factory=list)

    @property
    def settings(self):
        return {"label": self.label, "nested": {"corpora": self.corpora}}

    def run(self, fold, seed, cache, report):
        if fold.number == self.dies_at:
            raise KeyboardInterrupt
        self.asked.append((fold.number, seed))
        report("training", 1, 2)
        return FoldAnswers(np.full(len(fold.test), self.label))


@pytest.fixture
def data(tmp_path):
    (tmp_path / "index.csv").write_text("\n".join(["path,corpus,speaker,emotion", *ROWS]))
    return tmp_path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results" / "here.json"


def test_every_fold_is_run_and_scored(data, out):
    system = CallsAll()
    results = crossval(CrossvalOptions(data, "unseen-5", out), system)
    assert system.asked == [(number, 0) for number in (1, 2, 3, 4, 5)]
    assert [fold.uar for fold in results.folds] == [0.5] * 5
    assert [fold.n for fold in results.folds] == [10, 10, 10, 10, 8]
    assert results.folds[0].clips[0]["path"] == "ravdess/03-01-01-01-01-01-02.wav"
    assert (results.protocol, results.system) == ("unseen-5", "calls-all")
    assert read_results(out) == results


def test_an_index_may_be_named_itself(data, out):
    results = crossval(CrossvalOptions(data / "index.csv", "unseen-5", out), CallsAll())
    assert results.folds[0].clips[0]["path"] == "ravdess/03-01-01-01-01-01-02.wav"


def test_chosen_folds_are_run_with_one_seed_after_the_other(data, out):
    system = CallsAll()
    options = CrossvalOptions(data, "unseen-5", out, folds=(4, 2), seeds=(7, 0, 7))
    results = crossval(options, system)
    assert system.asked == [(2, 7), (4, 7), (2, 0), (4, 0)]
    assert [(fold.seed, fold.fold) for fold in results.folds] == [
        (0, 2),
        (0, 4),
        (7, 2),
        (7, 4),
    ]


def test_a_run_that_was_killed_goes_on_with_the_fold_in_which_it_died(data, out):
    options = CrossvalOptions(data, "unseen-6", out)
    with pytest.raises(KeyboardInterrupt):
        crossval(options, CallsAll(dies_at=3))
    assert [fold.fold for fold in read_results(out).folds] == [1, 2]
    system = CallsAll()
    assert len(crossval(options, system).folds) == 6
    assert system.asked == [(3, 0), (4, 0), (5, 0), (6, 0)]
    again = CallsAll()
    assert len(crossval(options, again).folds) == 6
    assert again.asked == []


def test_a_further_seed_runs_the_folds_again(data, out):
    crossval(CrossvalOptions(data, "unseen-5", out, folds=(1, 2)), CallsAll())
    system = CallsAll()
    crossval(CrossvalOptions(data, "unseen-5", out, folds=(1, 2), seeds=(0, 1)), system)
    assert system.asked == [(1, 1), (2, 1)]


def test_folds_that_another_process_finished_meanwhile_are_kept(data, out):
    options = CrossvalOptions(data, "unseen-5", out, folds=(1,))

    class Slow(CallsAll):
        def run(self, fold, seed, cache, report):
            crossval(CrossvalOptions(data, "unseen-5", out, folds=(5,)), CallsAll())
            return super().run(fold, seed, cache, report)

    assert [fold.fold for fold in crossval(options, Slow()).folds] == [1, 5]


def test_other_settings_are_refused_and_named(data, out):
    crossval(CrossvalOptions(data, "unseen-5", out), CallsAll())
    before = out.read_bytes()
    with pytest.raises(
        TrainingError, match=r"here\.json has results with label 0, now it is 2"
    ):
        crossval(CrossvalOptions(data, "unseen-5", out), CallsAll(label=2))
    with pytest.raises(
        TrainingError, match=r"with nested\.corpora .*, now it is \['ravdess'\]"
    ):
        crossval(CrossvalOptions(data, "unseen-5", out), CallsAll(corpora=("ravdess",)))
    with pytest.raises(TrainingError, match="with protocol unseen-5, now it is unseen-6"):
        crossval(CrossvalOptions(data, "unseen-6", out), CallsAll())
    with pytest.raises(TrainingError, match="with system calls-all, now it is other"):
        crossval(CrossvalOptions(data, "unseen-5", out), CallsAll(name="other"))
    assert out.read_bytes() == before


def test_a_setting_that_is_gone_is_a_change_too(data, out):
    results = crossval(CrossvalOptions(data, "unseen-5", out), CallsAll())
    write_results(
        out, type(results)(**{**vars(results), "settings": {**results.settings, "x": 1}})
    )
    with pytest.raises(TrainingError, match="with x 1, now it is None"):
        crossval(CrossvalOptions(data, "unseen-5", out), CallsAll())


def test_other_clips_are_refused(data, out):
    crossval(CrossvalOptions(data, "unseen-5", out), CallsAll())
    index = data / "index.csv"
    index.write_text(index.read_text().replace(ROWS[3] + "\n", ""))
    with pytest.raises(TrainingError, match="has results with clips "):
        crossval(CrossvalOptions(data, "unseen-5", out), CallsAll())


def test_a_file_that_cannot_be_written_is_refused_before_a_fold_is_run(data):
    system = CallsAll()
    (data / "taken").touch()
    with pytest.raises(TrainingError, match=r"taken cannot be written \(.*--out"):
        crossval(CrossvalOptions(data, "unseen-5", data / "taken" / "here.json"), system)
    assert system.asked == []


def test_what_is_told_says_where_it_is(data, out):
    told = []
    options = CrossvalOptions(data, "unseen-5", out, folds=(2, 3))
    crossval(CrossvalOptions(data, "unseen-5", out, folds=(2,)), CallsAll())
    crossval(options, CallsAll(), told.append)
    assert [(each.fold, each.seed, each.run, each.n_runs) for each in told] == [
        (3, 0, 2, 2)
    ] * 2
    assert [(each.stage, each.done, each.total) for each in told] == [
        ("training", 1, 2),
        ("scored", 1, 1),
    ]
    assert [each.result is None for each in told] == [True, False]


def test_wrong_names_are_refused_with_the_right_ones(tmp_path):
    with pytest.raises(TrainingError, match="no protocol unseen-7; there are unseen-5, unse"):
        CrossvalOptions(tmp_path, "unseen-7", tmp_path)
    with pytest.raises(TrainingError, match="unseen-5 has no fold 0, 6; it has 1 to 5"):
        CrossvalOptions(tmp_path, "unseen-5", tmp_path, folds=(6, 1, 0))


def test_corpora_that_a_protocol_needs_must_be_there(data, out):
    with pytest.raises(CorpusError, match="has no clips of tess"):
        crossval(CrossvalOptions(data, "tess-by-actress", out), CallsAll())


def test_the_command_line_knows_all_systems():
    assert tuple(SYSTEMS) == NAMES
    families = Counter(name.partition("-")[0] for name in SYSTEMS)
    assert families == {"tonewise": 1, "pilot": 1, "mfcc": 5}


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=list(SYSTEMS))
def test_settings_are_plain(system):
    assert json.loads(json.dumps(system.settings))
    assert system.settings["corpora"] == list(system.corpora)
