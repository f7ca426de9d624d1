"""Autoencoders, adversarial networks, flows, diffusion and fields."""

from tests.diagnosis.architectures import Raw, conv, document, layer, linear


def autoencoder() -> Raw:
    return document(
        linear(784, 128), layer("ReLU"), linear(128, 32), linear(32, 128), layer("ReLU"), linear(128, 784),
        layer("Sigmoid"), input=(16, 784),
    )  # fmt: skip


def linear_autoencoder() -> Raw:
    return document(linear(784, 32), linear(32, 784), input=(16, 784))


def convolutional_autoencoder() -> Raw:
    return document(
        conv(1, 16, padding=1, stride=2), layer("ReLU"), conv(16, 32, padding=1, stride=2), layer("ReLU"),
        conv(32, 64, 7),
        layer("ConvTranspose2d", in_channels=64, out_channels=32, kernel_size=7), layer("ReLU"),
        layer("ConvTranspose2d", in_channels=32, out_channels=16, kernel_size=3, stride=2, padding=1, output_padding=1),
        layer("ReLU"),
        layer("ConvTranspose2d", in_channels=16, out_channels=1, kernel_size=3, stride=2, padding=1, output_padding=1),
        layer("Sigmoid"), input=(1, 1, 28, 28),
    )  # fmt: skip


def variational() -> Raw:
    """A VAE; the noise comes in from outside."""
    return document(
        layer("Flatten", inputs=["image"]), linear(784, 400), layer("ReLU", "h"), linear(400, 20, "mu"),
        linear(400, 20, "logvar", inputs=["h"]), layer("mul", other=0.5), layer("exp", "std"),
        layer("mul", "scaled", inputs=["std", "noise"]), layer("add", "z", inputs=["mu", "scaled"]), linear(20, 400),
        layer("ReLU"), linear(400, 784), layer("Sigmoid", "x"), inputs={"image": [8, 1, 28, 28], "noise": [8, 20]},
        outputs=["x", "mu", "logvar"],
    )  # fmt: skip


def discriminator() -> Raw:
    """DCGAN's."""
    layers = [conv(3, 64, 4, stride=2, padding=1, bias=False), layer("LeakyReLU", negative_slope=0.2)]
    for before in (64, 128, 256):
        layers += [
            conv(before, 2 * before, 4, stride=2, padding=1, bias=False),
            layer("BatchNorm2d", num_features=2 * before), layer("LeakyReLU", negative_slope=0.2),
        ]  # fmt: skip
    return document(*layers, conv(512, 1, 4, bias=False), layer("Sigmoid"), input=(16, 3, 64, 64))


def patch_discriminator() -> Raw:
    """pix2pix: the image to judge beside the one it was made from."""
    return document(
        layer("cat", dim=1, inputs=["image", "target"]), conv(6, 64, 4, stride=2, padding=1),
        layer("LeakyReLU", negative_slope=0.2), conv(64, 128, 4, stride=2, padding=1, bias=False),
        layer("InstanceNorm2d", num_features=128), layer("LeakyReLU", negative_slope=0.2),
        conv(128, 1, 4, padding=1), inputs={"image": [1, 3, 256, 256], "target": [1, 3, 256, 256]},
    )  # fmt: skip


def image_to_image() -> Raw:
    """CycleGAN's generator."""
    block = layer("Sequential", "blocks", repeat=2, layers=[
        layer("ReflectionPad2d", padding=1), conv(64, 64, bias=False), layer("InstanceNorm2d", num_features=64),
        layer("ReLU"), layer("ReflectionPad2d", padding=1), conv(64, 64, bias=False),
        layer("InstanceNorm2d", "n", num_features=64), layer("add", inputs=["n", "input"]),
    ])  # fmt: skip
    return document(
        layer("ReflectionPad2d", padding=3), conv(3, 32, 7, bias=False), layer("InstanceNorm2d", num_features=32),
        layer("ReLU"), conv(32, 64, 3, stride=2, padding=1, bias=False), layer("InstanceNorm2d", num_features=64),
        layer("ReLU"), block,
        layer("ConvTranspose2d", in_channels=64, out_channels=32, kernel_size=3, stride=2, padding=1, output_padding=1,
              bias=False),
        layer("InstanceNorm2d", num_features=32), layer("ReLU"), layer("ReflectionPad2d", padding=3), conv(32, 3, 7),
        layer("Tanh"), input=(1, 3, 128, 128),
    )  # fmt: skip


def style_mapping() -> Raw:
    layers = [part for _ in range(8) for part in (linear(512, 512), layer("LeakyReLU", negative_slope=0.2))]
    return document(*layers, input=(4, 512))


def modulated_convolution() -> Raw:
    """StyleGAN2: samples as groups of one convolution."""
    return document(
        layer("reshape", shape=[1, 64, 16, 16]), conv(64, 64, padding=1, groups=4, bias=False),
        layer("reshape", shape=[4, 16, 16, 16]), layer("LeakyReLU", negative_slope=0.2), input=(4, 16, 16, 16),
    )  # fmt: skip


def diffusion_block() -> Raw:
    """A residual block of a diffusion U-Net, told the time."""
    return document(
        layer("GroupNorm", num_groups=8, num_channels=64, inputs=["x"]), layer("SiLU"),
        conv(64, 128, name="h", padding=1),
        layer("SiLU", inputs=["time"]), linear(256, 128), layer("unsqueeze", dim=-1), layer("unsqueeze", "t", dim=-1),
        layer("add", inputs=["h", "t"]), layer("GroupNorm", num_groups=8, num_channels=128), layer("SiLU"),
        layer("Dropout", p=0.1), conv(128, 128, name="out", padding=1), conv(64, 128, 1, name="skip", inputs=["x"]),
        layer("add", inputs=["out", "skip"]), inputs={"x": [2, 64, 32, 32], "time": [2, 256]},
    )  # fmt: skip


def time_embedding() -> Raw:
    return document(
        layer("unsqueeze", "t", dim=1), layer("parameter", "frequencies", shape=[1, 64]),
        layer("mul", "angles", inputs=["t", "frequencies"]), layer("sin", "s"), layer("cos", "c", inputs=["angles"]),
        layer("cat", dim=-1, inputs=["s", "c"]), linear(128, 512), layer("SiLU"), linear(512, 512), input=(8,),
    )  # fmt: skip


def coupling() -> Raw:
    """RealNVP: one half scales and shifts the other."""
    return document(
        layer("chunk", "x", chunks=2, dim=1), linear(4, 64, inputs=["x[0]"]), layer("ReLU"), linear(64, 8),
        layer("chunk", "st", chunks=2, dim=1), layer("tanh", inputs=["st[0]"]), layer("exp", "scale"),
        layer("mul", "scaled", inputs=["x[1]", "scale"]), layer("add", "y", inputs=["scaled", "st[1]"]),
        layer("cat", dim=1, inputs=["x[0]", "y"]), input=(16, 8),
    )  # fmt: skip


def soft_codes() -> Raw:
    """A discrete VAE in its relaxed form: shares of codes look up their embeddings."""
    return document(
        conv(3, 64, 4, stride=2, padding=1), layer("ReLU"), conv(64, 512, 1), layer("softmax", dim=1),
        conv(512, 64, 1, bias=False), layer("ConvTranspose2d", in_channels=64, out_channels=64, kernel_size=4, stride=2,
                                            padding=1, name="up"), layer("ReLU"), conv(64, 3, 1), input=(1, 3, 64, 64),
    )  # fmt: skip


def radiance_field() -> Raw:
    """NeRF: density from the place, colour from the place and the direction."""
    return document(
        linear(63, 256, inputs=["place"]), layer("ReLU"), linear(256, 256), layer("ReLU", "h"),
        layer("cat", dim=-1, inputs=["h", "place"]), linear(319, 256), layer("ReLU", "x"), linear(256, 1, "density"),
        linear(256, 256, "features", inputs=["x"]), layer("cat", dim=-1, inputs=["features", "direction"]),
        linear(283, 128), layer("ReLU"), linear(128, 3), layer("Sigmoid", "colour"),
        inputs={"place": [1024, 63], "direction": [1024, 27]}, outputs=["colour", "density"],
    )  # fmt: skip


def point_cloud() -> Raw:
    """PointNet, with the features of every point beside those of all."""

    def shared(before: int, after: int) -> list[Raw]:
        return [layer("Conv1d", in_channels=before, out_channels=after, kernel_size=1, bias=False),
                layer("BatchNorm1d", num_features=after), layer("ReLU", f"r{after}")]  # fmt: skip

    return document(
        *shared(3, 64), *shared(64, 1024), layer("amax", dim=2, keepdim=True),
        layer("expand", "all", size=[-1, -1, 500]),
        layer("cat", dim=1, inputs=["r64", "all"]), *shared(1088, 128),
        layer("Conv1d", in_channels=128, out_channels=50, kernel_size=1), layer("LogSoftmax", dim=1), input=(4, 3, 500),
    )  # fmt: skip


MODELS = {
    make.__name__: make()
    for make in (
        autoencoder, linear_autoencoder, convolutional_autoencoder, variational, discriminator, patch_discriminator,
        image_to_image, style_mapping, modulated_convolution, diffusion_block, time_embedding, coupling, soft_codes,
        radiance_field, point_cloud,
    )
}  # fmt: skip
