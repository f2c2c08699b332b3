"""The picture tower's fitted part: from CNN features to MiniLM vectors of names, learnt from emoji and clip art."""
from typing import NamedTuple

import numpy as np

from parts.numbers import unit

CONCEPTS = 0.4           # weight of the softmax head beside the ridge
RIDGE, RANK = 1.0, 128   # of the linear head
MERGE = 0.6              # names whose vectors have a greater cosine share a concept
CENTRE = 0.6             # share of the mean taken off the concepts' vectors
LENGTH = 36.0            # of a feature before the softmax
KEYWORDS = 0.7           # weight of a picture's keywords beside its name


class Heads(NamedTuple):
    """x: a feature less its expectation, of unit length, float32[1280]; semantic = x down up + softmax(x to_concepts) concepts"""
    down: np.ndarray            # [1280, RANK]
    up: np.ndarray              # [RANK, 384]
    to_concepts: np.ndarray     # [1280, concepts + 1], the last one for 'nothing'
    concepts: np.ndarray        # [concepts + 1, 384], the last row zero


def softmax_regression(x, y, weight, classes, decay=1e-3, epochs=5, rate=2e-3, drop=.1, batch=512):
    """float32 [D, classes]: multinomial logistic regression by Adam with dropout on the inputs."""
    random, m, v, w = np.random.default_rng(0), 0, 0, np.zeros((x.shape[1], classes), np.float32)
    last, step = epochs * (len(x) // batch), 0
    for _ in range(epochs):
        order = random.permutation(len(x))
        for start in range(0, len(order) - batch + 1, batch):
            part = order[start:start + batch]
            seen = (x[part] * (random.random((batch, x.shape[1])) > drop) / (1 - drop)).astype(np.float32)
            score = seen @ w
            p = np.exp(score - score.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            p[np.arange(batch), y[part]] -= 1
            gradient = seen.T @ (p * (weight[part][:, None] / batch)) + decay * w
            step += 1
            m, v = .9 * m + .1 * gradient, .99 * v + .01 * gradient * gradient
            w -= rate * (1 - .95 * step / last) * (m / (1 - .9 ** step)) / (np.sqrt(v / (1 - .99 ** step)) + 1e-8)
    return w


def merge_names(vectors_of):
    """{name: vectors of its pictures} -> (concepts [n, 384], {name: concept}). Names with many pictures come first, so
    that the rarer join the commoner."""
    concepts, members, concept_of = [], [], {}
    for name in sorted(vectors_of, key=lambda name: (-len(vectors_of[name]), len(name), name)):
        vector = unit(np.mean(vectors_of[name], 0))
        near = np.stack(concepts) @ vector if concepts else np.zeros(1)
        if near.max() > MERGE:
            concept_of[name] = int(near.argmax())
        else:
            concept_of[name] = len(concepts)
            concepts.append(vector)
            members.append([])
        members[concept_of[name]].append(vector * len(vectors_of[name]))
    return unit(np.stack([np.sum(vectors, 0) for vectors in members])).astype(np.float32), concept_of


def fit_heads(features, nothing, pair_of, pairs, encode):
    """features, nothing: float32 [n, 1280], centred, unit length, of pictures and of bare backdrops (target: nothing);
    pair_of[i]: the pair whose picture feature i is of; encode(texts) -> [texts, 384]"""
    used = sorted(set(pair_of.tolist()))
    texts = sorted({text for i in used for text in [pairs[i]['name']] + pairs[i]['keys']})
    vector = dict(zip(texts, encode(texts)))
    target, vectors_of = {}, {}
    for i in used:
        name, keys = pairs[i]['name'], [vector[k] for k in pairs[i]['keys']]
        target[i] = unit(vector[name] + KEYWORDS * unit(np.mean(keys, 0))) if keys else vector[name]
        vectors_of.setdefault(name, []).append(target[i])

    concepts, concept_of = merge_names(vectors_of)
    y = np.array([concept_of[pairs[i]['name']] for i in pair_of])
    count = np.bincount(y, minlength=len(concepts))
    weight = (count[y] ** -.5).astype(np.float32)
    weight /= weight.mean()

    twice = np.concatenate([nothing, nothing])
    to_concepts = softmax_regression(np.concatenate([features, twice]) * np.float32(LENGTH),
                                     np.r_[y, [len(concepts)] * len(twice)],
                                     np.r_[weight, np.ones(len(twice), np.float32)], len(concepts) + 1)

    targets = np.stack([target[i] for i in pair_of])
    x = np.concatenate([features, nothing])
    t = np.concatenate([targets - targets.mean(0), np.zeros((len(nothing), targets.shape[1]), np.float32)])
    weighted = x * np.r_[weight, np.ones(len(nothing), np.float32)][:, None]
    gram = weighted.T @ x
    shrink = RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram), dtype=np.float32)
    u, s, vt = np.linalg.svd(np.linalg.solve(gram + shrink, weighted.T @ t), full_matrices=False)

    concepts = concepts - CENTRE * np.average(concepts, 0, weights=count)
    concepts = np.concatenate([concepts, np.zeros((1, concepts.shape[1]))])
    return Heads(u[:, :RANK] * s[:RANK] ** .5, s[:RANK, None] ** .5 * vt[:RANK], LENGTH * to_concepts, CONCEPTS * concepts)
