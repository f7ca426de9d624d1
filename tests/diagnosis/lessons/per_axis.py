from tests.diagnosis.architectures import document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson

PER_AXIS: dict[str, Lesson] = {
    "padding for a single axis": lesson(
        document(layer("ReflectionPad2d", "p", padding=[1, 1])), "Set padding of p to 1."
    ),
    "padding for each axis": lesson(
        document(layer("ReplicationPad2d", "p", padding=[2, 1])), "Set padding of p to [1, 1, 2, 2]."
    ),
    "an odd number of sides": lesson(
        document(layer("pad", "p", pad=[1, 1, 1])), "Set pad of p to [1, 1, 1, 1].", "Set pad of p to [1, 1]."
    ),
    "a dropout of channels of sequences": lesson(document(layer("Dropout1d", "d")), "Make d a Dropout2d."),
    "too few repeats": lesson(document(layer("repeat", "r", repeats=[2]), input=(2, 8)), "Set repeats of r to [1, 2]."),
    "a cell for a sequence": lesson(
        document(layer("GRUCell", "g", input_size=8, hidden_size=16), input=(5, 2, 8)), "Make g a GRU."
    ),
    "the last state for a cell": lesson(
        document(layer("GRUCell", "g", input_size=8, hidden_size=16, inputs=["x", "h"]),
                 inputs={"x": [2, 8], "h": [1, 2, 16]}),
        "Drop axis 0, of size 1, of h before g.", "Feed h [2, 16].",
    ),
    "a state of another size for a cell": lesson(
        document(layer("GRUCell", "g", input_size=8, hidden_size=16, inputs=["x", "h"]),
                 inputs={"x": [2, 8], "h": [2, 8]}),
        "Set hidden_size of g to 8.", "Feed h [2, 16].",
    ),
    "an expansion that lacks an axis": lesson(
        document(layer("expand", "e", size=[2, 3, 8]), input=(2, 8)), "Give the input an axis 1, of size 1, before e."
    ),
    "an expansion of the samples": lesson(
        document(layer("expand", "e", size=[4, 3, 8]), input=(2, 1, 8)), "Set size of e to [-1, 3, -1]."
    ),
    "more of the largest than there are": lesson(
        document(layer("topk", "t", k=10, dim=1), input=(2, 8)), "Set k of t to 8."
    ),
    "a stretch longer than the sequence": lesson(
        document(layer("unfold", "u", dimension=1, size=10, step=1), input=(2, 8)), "Set size of u to 8."
    ),
    "the batch normalized over": lesson(
        document(linear(8, 16), layer("LayerNorm", "n", normalized_shape=[10, 16]), input=(2, 8)),
        "Set normalized_shape of n to 16.",
    ),
    "a model too wide": lesson(
        document(
            layer("Embedding", "tok", num_embeddings=100, embedding_dim=128),
            layer("TransformerEncoderLayer", "enc", d_model=256, nhead=4, batch_first=True), linear(256, 5, "head"),
            input={"shape": [2, 10], "dtype": "int64"},
        ),
        "Set d_model of enc and in_features of head to 128.", "Set embedding_dim of tok to 256.",
    ),
    "a power that integers do not have": lesson(
        document(layer("pow", "p", exponent=-1), input={"shape": [2, 3], "dtype": "int64"}),
        "Convert what arrives at p to float32.",
    ),
}  # fmt: skip
