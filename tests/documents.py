"""What tests do with documents again and again."""

import json
from typing import Any

from service.diagnosis.examination import Examination, examine
from service.reports.json import as_json

Json = dict[str, Any]


def examined(document: Json) -> Examination:
    return examine(json.dumps(document).encode())


def answered(document: Json) -> Json:
    """The answer to a document, as a client reads it."""
    return json.loads(as_json(examined(document)))  # type: ignore[no-any-return]


def layer(answer: Json, name: str) -> Json:
    (found,) = [entry for entry in answer["layers"] if entry["name"] == name]
    return found  # type: ignore[no-any-return]


def tutorial(kernel_size: int, in_features: int, **convolution: Any) -> Json:
    """The CNN of a tutorial, on images of 32 × 32."""
    common = {"type": "Conv2d", "kernel_size": kernel_size, "stride": 2, "padding": 1, **convolution}
    return {
        "name": "myCNN",
        "input": [1, 3, 32, 32],
        "layers": [
            {**common, "name": "conv1", "in_channels": 3, "out_channels": 16},
            {"type": "ReLU"},
            {**common, "name": "conv2", "in_channels": 16, "out_channels": 32},
            {"type": "ReLU"},
            {"type": "Flatten"},
            {"type": "Linear", "name": "fc", "in_features": in_features, "out_features": 10},
        ],
    }
