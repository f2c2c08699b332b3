"""What int8 with a mean costs:  python -m measure.int8 FOLDER ROOT [MEAN.bin]

recall@10 of the ten nearest of float32, pictures as queries and captions as queries, among all stamps, when the gallery is
int8 of (vector - mean) with one scale a row, and not rescored. Means: none, MEAN.bin, that of the gallery itself.
"""
import sys

import numpy as np

from measure.stamps import embed, read_stamps
from measure.words import towers
from parts.numbers import to_int8


def nearest(scores, own):
    if own:
        np.fill_diagonal(scores, -9)
    return np.argsort(-scores, axis=1)[:, :10]


def main(folder, root, mean=None):
    stamps = read_stamps(root)
    pictures = embed(f'{folder}/vision.onnx', [s.path for s in stamps])
    captions = towers(folder)['graph'](sorted({s.captions['en'] for s in stamps}))
    means = {'none': 0, 'of the gallery': pictures.mean(0), 'of its first 64': pictures[:64].mean(0)}
    if mean:
        means[mean] = np.fromfile(mean, '<f4')
    for name, centre in means.items():
        q, scale = to_int8(pictures - centre, 0)
        decoded = q * scale + centre
        line = f'mean {name:30} error {np.linalg.norm(decoded - pictures, axis=1).mean():.5f}'
        for what, queries in (('pictures', pictures), ('captions', captions)):
            exact, coarse = (nearest(queries @ g.T, what == 'pictures') for g in (pictures, decoded))
            kept = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, coarse)])
            line += f'  {what} {kept:.4f}'
        print(line)


if __name__ == '__main__':
    main(*sys.argv[1:])
