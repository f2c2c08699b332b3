"""How alike two makings of the files are:  python -m measure.compare FOLDER OTHER ROOT

Cosines of the vectors that both give: of stamps, of their English captions, of the tables' vectors of captions. Axes of the
shared projection may differ in sign or turn between makings, so vectors are compared in MiniLM's 384 dimensions.
"""
import sys

import numpy as np

from measure.stamps import embed, read_stamps
from measure.words import towers
from parts.numbers import unit


def main(folder, other, root):
    stamps = read_stamps(root)
    paths, captions = [s.path for s in stamps], [s.captions['en'] for s in stamps]
    chinese = [s.captions['zh_CN'] for s in stamps if 'zh_CN' in s.captions]
    made = []
    for place in (folder, other):
        basis, pictures, text = np.load(f'{place}/basis.npy'), embed(f'{place}/vision.onnx', paths), towers(place)
        width = basis.shape[1]
        unfold = lambda v: np.concatenate([v[:, :width] @ basis.T, v[:, width:]], 1)
        made.append({'pictures': unfold(pictures), 'graph, English': unfold(text['graph'](captions)),
                     'tables, English': unfold(text['tables'](captions)), 'tables, Chinese': unfold(text['multi'](chinese))})
        made[-1]['picture-text scores'] = (pictures @ text['graph'](captions).T)
    for name, mine in made[0].items():
        cosine = (unit(mine) * unit(made[1][name])).sum(1)
        print(f'{name:20} cosine  mean {cosine.mean():.5f}  least {cosine.min():.5f}')


if __name__ == '__main__':
    main(*sys.argv[1:])
