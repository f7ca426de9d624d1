"""The network that a tutorial on convolutions teaches with, figure by figure."""

from tests.documents import answered, layer, tutorial


def test_kernel_of_three() -> None:
    answer = answered(tutorial(3, 2048))
    assert answer["valid"]
    assert not answer["issues"]
    assert layer(answer, "conv1")["output_shape"] == [1, 16, 16, 16]
    assert layer(answer, "conv2")["output_shape"] == [1, 32, 8, 8]
    assert answer["outputs"] == [{"ref": "fc", "shape": [1, 10], "dtype": "float32"}]
    assert [entry["parameters"] for entry in answer["layers"] if entry["parameters"]] == [448, 4640, 20490]
    assert answer["totals"]["parameters"] == 25_578
    assert answer["totals"]["macs"] == 425_984


def test_kernel_of_five() -> None:
    answer = answered(tutorial(5, 1568))
    assert answer["valid"]
    assert layer(answer, "conv1")["output_shape"] == [1, 16, 15, 15]
    assert layer(answer, "conv2")["output_shape"] == [1, 32, 7, 7]
    assert [entry["parameters"] for entry in answer["layers"] if entry["parameters"]] == [1216, 12832, 15690]
    assert answer["totals"]["parameters"] == 29_738
    assert answered(tutorial(5, 1568, bias=False))["totals"]["parameters"] == 29_690


def test_kernel_of_five_broken() -> None:
    answer = answered(tutorial(5, 2048))
    assert not answer["valid"]
    assert answer["totals"]["parameters"] == 34_538
    (issue,) = answer["issues"]
    assert (issue["code"], issue["layer"], issue["pointer"]) == ("linear-in-features", "fc", "/layers/5/in_features")
    assert (issue["expected"], issue["received"]) == (2048, 1568)
    assert issue["message"] == (
        "fc is a Linear with in_features = 2048, but 1568 features arrive: "
        "Flatten turns [1, 32, 7, 7] into 32 × 7 × 7 = 1568."
    )
    patches = [fix["patch"] for fix in issue["fixes"]]
    assert all(fix["valid"] for fix in issue["fixes"])
    assert [{"op": "replace", "path": "/layers/5/in_features", "value": 1568}] in patches
    assert [{"op": "replace", "path": f"/layers/{index}/padding", "value": 2} for index in (0, 2)] in patches
    assert any(patch[0]["path"] == "/input" for patch in patches)
    assert issue["fixes"][0]["effect"] == {"parameters": -4800, "macs": -4800}


def test_where_the_figures_come_from() -> None:
    conv1 = layer(answered(tutorial(5, 1568)), "conv1")
    worked = "floor((32 + 2·1 − 1·(5 − 1) − 1) / 2 + 1) = 15"
    assert [(size["axis"], size["worked"]) for size in conv1["formulas"]["sizes"]] == [(2, worked), (3, worked)]
    assert conv1["formulas"]["parameters"] == "16 filters × (3 × 5 × 5) + 16 biases = 1,216"
    assert conv1["bytes"] == {"output": 16 * 15 * 15 * 4, "weights": 1216 * 4}
    assert conv1["weights"] == {"weight": [16, 3, 5, 5], "bias": [16]}


def test_receptive_fields_grow() -> None:
    answer = answered(tutorial(5, 1568))
    assert layer(answer, "conv1")["receptive_field"][0] == {"axis": -2, "size": 5, "stride": 2, "offset": -1}
    assert layer(answer, "conv2")["receptive_field"][1] == {"axis": -1, "size": 13, "stride": 4, "offset": -3}
    assert layer(answer, "fc")["receptive_field"] is None


def test_a_size_is_traced_to_the_axes_it_is_made_of() -> None:
    flattened = {"type": "Flatten", "name": "f"}
    fc = {"type": "Linear", "name": "fc", "in_features": 8, "out_features": 2}
    (issue,) = answered({"input": [8, 1, 1], "layers": [flattened, fc]})["issues"]
    assert "but 1 feature arrives: f turns [8, 1, 1] into 1 × 1 = 1." in issue["message"]
