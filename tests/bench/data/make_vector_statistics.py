#!/usr/bin/env python3
"""Writes NAME.json: what vectors.mjs needs to make vectors like those of a real encoder, and how like them they are.

  pip install numpy==2.4.6 usearch==2.26.6
  python tests/bench/data/make_vector_statistics.py clip-text DETIC/datasets/metadata/*_clip_a+cname*.npy
  python tests/bench/data/make_vector_statistics.py picfind-mini STAMPS.library

Vectors come from .npy files float[n, dim], or from the float32 sections of a library folder. clip-text is of CLIP ViT-B/32's text
embeddings of the category names of LVIS, Open Images, Objects365 and COCO (facebookresearch/Detic, Apache-2.0); picfind-mini of its
picture vectors of Tux Paint's stamps (`npx picfind index STAMPS --out STAMPS.library`).
"""
import itertools
import json
import pathlib
import struct
import sys

import numpy as np
from usearch.index import Index

HERE = pathlib.Path(__file__).parent
NEIGHBOURS = [1, 10, 100]
QUANTILES = [0.1, 0.5, 0.9]
# The tree ends where it has as many clusters: hardly two vectors of a million are in one of them.
FINEST_CLUSTERS = 10_000_000
# Parts of the real set whose neighbours are compared: how these draw near as a set grows tells how it goes on.
PARTS = [1 / 4, 1 / 2, 1]


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def full_vectors(library):
    for path in sorted(p for p in library.rglob('*') if p.is_file()):
        data = path.read_bytes()
        if data[:7] == b'pf.full':
            rows, dim = struct.unpack_from('<II', data, 12)
            yield np.frombuffer(data, '<f4', rows * dim, 64).reshape(rows, dim)


def read(path):
    return [np.load(path).astype(np.float32)] if path.is_file() else list(full_vectors(path))


def without_copies(x, cosine=0.99):
    """The category lists share names, and some stamps are mirrored copies."""
    kept = []
    for row, similar in enumerate(x @ x.T):
        if not kept or similar[kept].max() < cosine:
            kept.append(row)
    return x[kept]


def hadamard(dim):
    h = np.ones((1, 1))
    while len(h) < dim:
        h = np.block([[h, h], [h, -h]])
    return h / np.sqrt(dim)


def tree(top, branching):
    """How many clusters each level has, the widest first."""
    counts = [top]
    while counts[-1] < FINEST_CLUSTERS:
        counts.append(counts[-1] * branching)
    return counts


def synthetic(count, statistics, seed=0):
    """The model of vectors.mjs, with numpy's random numbers."""
    mean, deviation, spectrum = (np.array(statistics[key]) for key in ('mean', 'deviation', 'spectrum'))
    clusters = statistics['clusters']
    dim = len(mean)
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1, 1], dim)
    finest = rng.integers(0, clusters['levels'][-1], count)
    z = np.zeros((count, dim))
    left = np.ones((count, 1))
    for level in clusters['levels']:
        _, own = np.unique(finest // (clusters['levels'][-1] // level), return_inverse=True)
        share = (rng.random(own.max() + 1) * clusters['share'])[own][:, None]
        z += np.sqrt(left * share) * rng.standard_normal((own.max() + 1, dim))[own]
        left *= 1 - share
    z += np.sqrt(left) * rng.standard_normal((count, dim))
    z *= np.maximum(0.3, 1 + clusters['radius'] * rng.standard_normal((count, 1)))
    return unit(mean + deviation * ((z * np.sqrt(spectrum) * signs) @ hadamard(dim)))


def int8_recall(x, queries):
    mean = x.mean(0)
    centred = x - mean
    scale = np.abs(centred).max(1, keepdims=True) / 127
    rounded = mean + np.round(centred / scale) * scale
    exact, found = (np.argsort(-(queries @ y.T), axis=1)[:, :10] for y in (x, rounded))
    return np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(exact, found)])


def hnsw_recall(x, queries):
    """With few links and candidates, so that the small set is not simply found whole."""
    index = Index(ndim=x.shape[1], metric='l2sq', dtype='f32', connectivity=6, expansion_add=30, expansion_search=16)
    index.add(np.arange(len(x)), x.astype(np.float32), threads=1)
    exact = np.argsort(-(queries @ x.T), axis=1)[:, :10]
    found = index.search(queries.astype(np.float32), 10, threads=1).keys
    return np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(exact, found)])


def neighbours(x):
    """Distances to the 1st, 10th and 100th neighbour over the root mean square distance of all pairs; the intrinsic dimension by
    Levina and Bickel's estimate over 20 neighbours."""
    squares = np.clip(2 - 2 * x @ x.T, 0, None)
    typical = np.sqrt(squares.sum() / (len(x) * (len(x) - 1)))
    np.fill_diagonal(squares, np.inf)
    nearest = np.sort(np.sqrt(squares), axis=1)
    dimension = -1 / np.log(nearest[:, :19] / nearest[:, 19:20]).mean(1)
    return {
        'vectors': len(x),
        **{f'neighbour {k}': np.quantile(nearest[:, k - 1] / typical, QUANTILES).tolist() for k in NEIGHBOURS},
        'dimension': float(np.median(dimension)),
    }


def likeness(x):
    """How near neighbours are in parts of the set; recall@10 of centred int8 and of a small HNSW in the whole."""
    held_out = len(x) // 10
    return {
        'parts': [neighbours(x[: round(part * len(x))]) for part in PARTS],
        'int8 recall@10': int8_recall(x[held_out:], x[:held_out]),
        'small HNSW recall@10': hnsw_recall(x[held_out:], x[:held_out]),
    }


def difference(real, made):
    def of_parts(a, b):
        distances = [np.abs(np.subtract(a[f'neighbour {k}'], b[f'neighbour {k}'])).mean() for k in NEIGHBOURS]
        return np.mean([*distances, abs(b['dimension'] / a['dimension'] - 1) / 10])

    return np.mean([of_parts(a, b) for a, b in zip(real['parts'], made['parts'])])


def fitted(real, statistics, count):
    """The clusters whose neighbours are most like the real ones', in a part of them as in all."""
    best = None
    for branching, top, share, radius in itertools.product(
        (3, 5, 10), (5, 10, 20, 40), (0.2, 0.3, 0.4, 0.5, 0.6), (0.1, 0.15, 0.2)
    ):
        clusters = {'levels': tree(top, branching), 'share': share, 'radius': radius}
        made = likeness(synthetic(count, {**statistics, 'clusters': clusters}))
        if best is None or difference(real, made) < best[0]:
            best = (difference(real, made), clusters, made)
    return best[1:]


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return value if isinstance(value, int) else float(f'{value:.4g}')


def main(name, *paths):
    x = np.concatenate([part for path in paths for part in read(pathlib.Path(path))])
    x = without_copies(unit(x))
    x = x[np.random.default_rng(1).permutation(len(x))]
    centred = x - x.mean(0)
    statistics = {
        'mean': x.mean(0).tolist(),
        'deviation': x.std(0).tolist(),
        # Of the correlations: times the deviations it gives back both each dimension's variance and the spectrum of all.
        'spectrum': np.clip(np.linalg.eigvalsh(np.corrcoef(centred.T))[::-1], 0, None).tolist(),
    }
    real = likeness(x)
    clusters, made = fitted(real, statistics, len(x))
    about = {'vectors': len(x), 'clusters': clusters, 'likeness': {'real': real, 'synthetic': made}}
    lines = [f'{json.dumps(key)}: {json.dumps(value)}' for key, value in rounded({**about, **statistics}).items()]
    (HERE / f'{name}.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
    print(json.dumps(rounded(about), indent=1))


main(*sys.argv[1:])
