"""The eleven basic colour terms: how much of each a picture shows, and which of them a text names."""
import numpy as np
from onnx import TensorProto

# the words of each term, and prototypes of it (sRGB)
COLOURS = {
    'black': '000000 141414 1c1a18', 'white': 'ffffff f2f2f0 f7f3ea', 'grey gray': '808080 a0a0a0 5c5c5c c0c0c0',
    'red crimson scarlet': 'e01010 b01018 d83030 800c10', 'orange': 'ff8c00 f07818 ffa030',
    'yellow': 'ffee00 f5d020 fff060 d8b800', 'green': '20a020 70c030 106020 a0d870 406820',
    'blue': '1040d0 3090f0 102060 80c0f0 4070a0', 'purple violet': '8020a0 603090 b070d0',
    'pink magenta': 'ff80b0 ffb8c8 e83090', 'brown': '6b3a14 8b5a2b 4a2c18 a87848',
}
# linear sRGB -> cone responses -> OKLab: B. Ottosson, "A perceptual color space for image processing", 2020
TO_CONES = np.array([[.4122214708, .5363325363, .0514459929], [.2119034982, .6806995451, .1073969566],
                     [.0883024619, .2817188376, .6299787005]])
TO_LAB = np.array([[.2104542553, .7936177850, -.0040720468], [1.9779984951, -2.4285922050, .4505937099],
                   [.0259040371, .7827717662, -.8086757660]])
LAB_WEIGHTS = np.array([1.0, 2.0, 2.0])          # hue tells colours apart better than lightness
SOFTNESS = 0.012                                 # squared distance over which neighbouring prototypes share a pixel


def colour_shares(g, pixels, length):
    """[N, 11] of `length` from pixels [N, 3, 224, 224] normalised to -1…1. The centre counts most, pure white not at all:
    it is the paper that drawings and letterboxed pictures stand on."""
    def pointwise(x, w, bias=None):
        return g.op('Conv', x, g.const(np.asarray(w)[:, :, None, None]), *([] if bias is None else [g.const(bias)]))

    weighted_lab = TO_LAB * LAB_WEIGHTS[:, None]
    prototypes = [codes.split() for codes in COLOURS.values()]
    points = np.array([[int(code[i:i + 2], 16) / 255 for i in (0, 2, 4)] for codes in prototypes for code in codes])
    points = ((points.clip(1e-4) ** 2.2 @ TO_CONES.T) ** (1 / 3)) @ weighted_lab.T
    belongs = np.array([[float(k == i) for k, codes in enumerate(prototypes) for _ in codes] for i in range(len(prototypes))])

    small = g.op('AveragePool', pixels, kernel_shape=[4, 4], strides=[4, 4])
    rgb = g.op('Clip', g.op('Add', g.op('Mul', small, g.const(.5)), g.const(.5)), g.const(1e-4), g.const(1))
    cones = g.op('Pow', pointwise(g.op('Pow', rgb, g.const(2.2)), TO_CONES), g.const(1 / 3))
    lab = pointwise(cones, weighted_lab)
    near = g.op('Softmax', pointwise(lab, 2 * points / SOFTNESS, -(points ** 2).sum(1) / SOFTNESS), axis=1)
    terms = pointwise(near, belongs)

    across = (np.arange(56) - 27.5) / 28
    centre = np.exp(-(across[:, None] ** 2 + across[None] ** 2) / .5)[None, None]
    darkest = g.op('ReduceMin', rgb, axes=[1], keepdims=1)
    ink = g.op('Sigmoid', g.op('Mul', g.op('Sub', g.const(.97), darkest), g.const(150)))
    share = g.op('ReduceSum', g.op('Mul', terms, g.op('Mul', ink, g.const(centre))), g.ints([2, 3]), keepdims=0)
    return g.unit(g.op('Add', share, g.const(1e-3)), length)


def colours_named(g, vocabulary, length):
    """[N, 11]: the colours named among input_ids, together of `length`; zeros when none is."""
    words = [(vocabulary[word], i) for i, names in enumerate(COLOURS) for word in names.split() if word in vocabulary]
    ids, terms = [i for i, _ in words], [term for _, term in words]
    seen = g.op('Equal', g.op('Unsqueeze', 'input_ids', g.ints([2])), g.ints([[ids]]))
    seen = g.op('ReduceMax', g.op('Cast', seen, to=TensorProto.FLOAT), axes=[1], keepdims=0)
    named = g.op('Clip', g.op('MatMul', seen, g.const(np.eye(len(COLOURS))[terms])), g.const(0), g.const(1))
    amount = g.op('Sqrt', g.op('Max', g.op('ReduceSum', named, g.ints([1]), keepdims=1), g.const(1)))
    return g.op('Mul', g.op('Div', named, amount), g.const(length))
