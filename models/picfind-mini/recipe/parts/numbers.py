"""Small arithmetic that several steps share."""
import numpy as np


def unit(x):
    """Rows (last axis) scaled to length 1; a row of zeros stays one."""
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


def centred(x):
    """Rows less their mean, of unit length."""
    return unit(x - x.mean(0))


def to_int8(w, axis):
    """(int8 like w, float32 scales): symmetric, one scale for each index of `axis`, kept as a dimension."""
    others = tuple(i for i in range(w.ndim) if i != axis)
    scale = np.maximum(np.abs(w).max(others, keepdims=True), 1e-12) / 127
    return np.rint(w / scale).astype(np.int8), scale.astype(np.float32)
