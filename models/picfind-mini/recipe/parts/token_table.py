"""Text towers without a network: one row per token; a text's vector is the unit sum of its tokens' rows.

  rows = argmin  sum over phrases of  importance^2 |weighted sum of rows - teacher(phrase)|^2  +  RIDGE |rows - teacher(token)|^2

The file: int8 [tokens, D] row by row, then float32 [tokens] scales, little-endian.
"""
import numpy as np
import scipy.sparse as sparse

from parts.numbers import to_int8

RIDGE, STEPS = 0.3, 60
MARKS = set('.,!?\'"()-–—。，！？、')        # tokens that carry nothing


def pieces_of(tokenizer):
    """pieces in the order of their ids"""
    return [piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]


def fit_rows(start, weights, phrases, targets, importance):
    """float32 [tokens, D] by conjugate gradients. start [tokens, D]: the teacher's vector of each token; weights [tokens]:
    how much a token counts; phrases: lists of token ids; targets [phrases, D]. A phrase's rows are added, weighted, and
    divided by the root of their squared weights."""
    row, column, value, kept = [], [], [], []
    for i, ids in enumerate(phrases):
        if ids:
            w = weights[ids]
            row += [len(kept)] * len(ids)
            column += ids
            value += list(importance[i] * w / np.sqrt((w * w).sum()))
            kept.append(i)
    a = sparse.csr_matrix((value, (row, column)), shape=(len(kept), len(start)))
    y = targets[kept] * importance[kept, None]
    normal = (a.T @ a + RIDGE * sparse.identity(len(start))).tocsr()
    x = start.astype(np.float64)
    residual = a.T @ y + RIDGE * start - normal @ x
    direction, rho = residual.copy(), (residual ** 2).sum(0)
    for _ in range(STEPS):
        moved = normal @ direction
        alpha = rho / np.maximum((direction * moved).sum(0), 1e-12)
        x += alpha * direction
        residual -= alpha * moved
        rho, old = (residual ** 2).sum(0), rho
        direction = residual + rho / np.maximum(old, 1e-12) * direction
    return (x * weights[:, None]).astype(np.float32)


def write_table(path, rows):
    q, scale = to_int8(rows, 0)
    with open(path, 'wb') as file:
        file.write(q.tobytes())
        file.write(scale.astype('<f4').tobytes())


def read_table(path, tokens):
    """float32 [tokens, D]"""
    raw = np.fromfile(path, np.int8)
    width = len(raw) // tokens - 4
    return raw[:tokens * width].reshape(tokens, width) * raw[tokens * width:].view('<f4')[:, None]
