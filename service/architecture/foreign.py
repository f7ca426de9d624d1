"""What other frameworks, papers and habits call things, in PyTorch's words: for "did you mean", and nothing else."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

from service.architecture.problems import bare, nearest
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation

USUAL_AXES: Final = 2
"""Images are the commonest of what convolutions take."""
LONGEST: Final = 64
"""Nothing that was meant is longer."""

_DIMENSIONS: Final = re.compile(r"([123])d(?=transpose$|$)")


def _by_word(meanings: Mapping[str, str]) -> Mapping[str, str]:
    return {word: meant for meant, words in meanings.items() for word in words.split()}


TYPES: Final = _by_word({
    "AdaptiveAvgPool#d": "gap globalaveragepool globalaveragepooling globalavgpool globalavgpooling",
    "AdaptiveMaxPool#d": "globalmaxpool globalmaxpooling gmp",
    "AvgPool#d": "averagepool averagepooling",
    "BatchNorm#d": "batchnormalization bn",
    "Conv#d": "convolution depthwiseconv separableconv",
    "ConvTranspose#d": "convtransposed deconv deconvolution transposeconv transposedconv upconv",
    "Dropout#d": "spatialdropout",
    "GRU": "bigru",
    "GroupNorm": "gn groupnormalization",
    "Hardsigmoid": "hsigmoid",
    "Hardswish": "hswish",
    "InstanceNorm#d": "instancenormalization",
    "Identity": "input inputlayer noop passthrough",
    "LSTM": "bilstm",
    "LayerNorm": "layernormalization ln",
    "LeakyReLU": "lrelu",
    "Linear": "affine dense fc fullyconnected gemm innerproduct",
    "LocalResponseNorm": "lrn",
    "MaxPool#d": "maxpooling pool pooling",
    "MultiheadAttention": "attention mha selfattention",
    "PReLU": "parametricrelu",
    "RMSNorm": "rmsnormalization",
    "RNN": "simplernn",
    "ReLU": "activation",
    "SiLU": "swish",
    "TransformerEncoderLayer": "transformerblock",
    "Upsample": "upsampling",
    "ZeroPad#d": "zeropadding",
    "add": "eltwise plus residual shortcut skip",
    "getitem": "slice",
    "interpolate": "resize",
    "mean": "reducemean",
    "scaled_dot_product_attention": "dotproductattention sdpa",
    "sum": "reducesum",
    "to": "cast",
    "unsqueeze": "expanddims",
})  # fmt: skip
"""What a bare name means; ``#`` is the number of spatial axes."""

KEYS: Final = _by_word({
    "bias": "hasbias usebias withbias",
    "dilation": "dilationrate",
    "dim dims start_dim": "axes axis",
    "dim_feedforward": "ffndim intermediatesize mlpdim",
    "dims": "perm",
    "embed_dim d_model embedding_dim hidden_size num_features num_channels in_channels normalized_shape":
        "channels dim dmodel embdim embeddim embeddingdim embeddingsize features hidden hiddendim hiddensize nfeatures "
        "numchannels numfeatures numhidden width",
    "eps": "epsilon",
    "input": "inputshape inputsize shape",
    "in_channels in_features input_size num_features num_embeddings":
        "cin din dimin inch indim infilters inplanes inputchannels inputdim inputfeatures inputsize insize nin",
    "kernel_size": "filtersize kernel kernelshape ksize poolsize window windowsize",
    "negative_slope": "alpha slope",
    "num_embeddings": "ntokens numtokens nvocab vocab vocabsize",
    "num_heads nhead": "heads nheads numattentionheads",
    "num_layers": "depth layers nlayers",
    "out_channels out_features hidden_size embedding_dim":
        "cout dimout dout filters neurons nfilters nout numfilters numoutputs numunits out outch outdim outfilters "
        "outplanes outputchannels outputdim outputfeatures outputsize outsize planes units",
    "p dropout": "drop dropoutrate dropprob prob probability rate ratio",
    "padding": "border pad pads",
    "scale_factor": "scale",
    "shape unflattened_size": "newshape targetshape",
    "upscale_factor downscale_factor": "blocksize factor",
})  # fmt: skip
"""What a bare key means: of these, the first that the layer has."""

OTHER_DTYPES: Final = {
    "float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16",
    "byte": "uint8", "char": "int8", "boolean": "bool", "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
"""What PyTorch and others call element types, too."""
APART: Final = frozenset({"act", "actlayer", "activation", "batchnorm", "norm", "normalization", "normlayer", "relu"})
"""What is a key elsewhere and a layer here."""


@lru_cache(maxsize=256)
def meant_type(given: str, axes: int = USUAL_AXES) -> str | None:
    """The entry of the catalogue that was probably meant, if one was; ``axes`` spatial ones arrive."""
    name = bare(given)[:LONGEST]
    dimensions = _DIMENSIONS.search(name)
    stem = _DIMENSIONS.sub("", name)
    foreign = TYPES.get(name) or TYPES.get(stem) or TYPES.get(stem.removesuffix("layer"))
    if foreign is not None:
        return foreign.replace("#", dimensions[1] if dimensions else str(axes))
    if dimensions and not name.endswith("d"):
        # Conv2DTranspose is ConvTranspose2d.
        return nearest(given[: dimensions.start()] + given[dimensions.end() :] + dimensions[0], CATALOGUE)
    usual = None if dimensions or "_" in given else _layer_named(f"{name}{axes}d")
    guess = usual or nearest(given, CATALOGUE)
    if guess is None or dimensions:
        return guess
    fitting = _DIMENSIONS.sub(f"{axes}d", guess)
    return fitting if fitting in CATALOGUE else guess


def meant_key(given: str, allowed: Collection[str]) -> str | None:
    """The key that was probably meant, if one was."""
    known = KEYS.get(bare(given)[:LONGEST], "").split()
    return next((key for key in known if key in allowed), None) or nearest(given, allowed)


def layer_of(function: str, keys: Collection[str], axes: int = USUAL_AXES) -> str | None:
    """The layer of the same name as a function, if it has one of these keys, which the function has not."""
    name = bare(function)
    layer = _layer_named(name) or _layer_named(f"{name}{axes}d")
    return layer if layer is not None and not CATALOGUE[layer].model_fields.keys().isdisjoint(keys) else None


def _layer_named(name: str) -> str | None:
    layers = (each for each, entry in CATALOGUE.items() if not issubclass(entry, Operation))
    return next((each for each in layers if bare(each) == name), None)
