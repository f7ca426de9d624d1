"""What exporting costs, and the analysis of what was exported."""

import pytest

from service.export import export
from tests.documents import answered
from tests.export.comparing import analysing, built, cost, running
from tests.export.models import SAMPLES


@pytest.mark.parametrize("name", ["DetrForObjectDetection", "T5ForConditionalGeneration"])
def test_exporting_costs_at_most_five_times_a_build_and_a_run(name: str) -> None:
    (sample,) = [sample for sample in SAMPLES if sample.name == name]
    costs = cost(sample)
    assert costs.device == "meta"
    assert costs.exporting <= 5 * costs.running


def test_the_document_of_the_largest_model_is_analysed_in_no_time() -> None:
    """Within 50 ms, says ``python -m tests.export``; on any machine, in a part of what the model takes to be run."""
    (sample,) = [sample for sample in SAMPLES if sample.name == "Llama of 70 billion parameters"]
    document = export(built(sample, sample.device), sample.inputs)
    assert answered(document)["totals"]["parameters"] == 70_553_706_496
    assert analysing(document) < running(sample, sample.device) / 4
