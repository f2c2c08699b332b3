"""EfficientNet-Lite0 as an ONNX graph, from its PyTorch weights."""
import math

import numpy as np
from onnx import TensorProto

from parts.graph import Graph

SIZE, FEATURES = 224, 1280
STAGES = [(1, 1, 1), (2, 2, 6), (2, 2, 6), (3, 2, 6), (3, 1, 6), (4, 2, 6), (1, 1, 6)]     # repeats, stride, expansion
EPSILON = 1e-3
PIXELS = ('pixel_values', TensorProto.FLOAT, ['N', 3, SIZE, SIZE])


def pooled_features(g, state, x):
    """[N, 1280] from pixels [N, 3, 224, 224]. Batch norm is folded; TensorFlow's 'SAME' padding is written out, because
    the weights were trained with it."""
    side = SIZE
    zero, six = g.const(0), g.const(6)

    def conv(x, filters, norm, stride=1, depthwise=False, relu6=True):
        nonlocal side
        w = state[filters + '.weight']
        k = w.shape[-1]
        gain = state[norm + '.weight'] / np.sqrt(state[norm + '.running_var'] + EPSILON)
        bias = state[norm + '.bias'] - state[norm + '.running_mean'] * gain
        smaller = -(-side // stride)
        pad = max((smaller - 1) * stride + k - side, 0)
        side = smaller
        y = g.op('Conv', x, g.weight(w * gain[:, None, None, None], 0), g.const(bias), kernel_shape=[k, k],
                 strides=[stride] * 2, pads=[pad // 2] * 2 + [pad - pad // 2] * 2, group=len(w) if depthwise else 1)
        return g.op('Clip', y, zero, six) if relu6 else y

    x, i = conv(x, '_conv_stem', '_bn0', 2), 0
    for repeats, stride, expansion in STAGES:
        for repeat in range(repeats):
            block, skip = f'_blocks.{i}.', x
            if expansion != 1:
                x = conv(x, block + '_expand_conv', block + '_bn0')
            x = conv(x, block + '_depthwise_conv', block + '_bn1', 1 if repeat else stride, depthwise=True)
            x = conv(x, block + '_project_conv', block + '_bn2', relu6=False)
            if repeat:
                x = g.op('Add', x, skip)
            i += 1
    x = conv(x, '_conv_head', '_bn1')
    return g.op('Flatten', g.op('GlobalAveragePool', x), axis=1)


def feature_model(state):
    """pixel_values -> pooled [N, 1280], with the int8 weights that the picture tower has."""
    g = Graph(int8=True)
    g.op('Identity', pooled_features(g, state, 'pixel_values'), out='pooled')
    return g.model('efficientnet-lite0', [PIXELS], [('pooled', TensorProto.FLOAT, ['N', FEATURES])])


def expected_features(state):
    """float32[1280]: the mean pooled feature over natural pictures, known without any picture from the last batch norm:
    E[min(max(z, 0), 6)] for z ~ N(mean, std^2)."""
    mean, std = state['_bn1.bias'], np.abs(state['_bn1.weight']) + 1e-6
    below = lambda z: np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z])
    density = lambda z: np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    low, high = -mean / std, (6 - mean) / std
    inside = mean * (below(high) - below(low)) + std * (density(low) - density(high))
    return (inside + 6 * (1 - below(high))).astype(np.float32)
