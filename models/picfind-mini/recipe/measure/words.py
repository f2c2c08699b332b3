"""Words to pictures and pictures to pictures on the photographic stamps:  python -m measure.words FOLDER ROOT

FOLDER holds the files of models/picfind-mini. A query is a distinct caption; the towers are
  graph   text.onnx                    (English)
  tables  unit sum of both tables' vectors for ASCII text, else words-multi.bin alone
  multi   words-multi.bin
"""
import sys

import numpy as np
from tokenizers import Tokenizer

from measure.stamps import embed, in_tuning_half, read_stamps, recall
from parts.bert import TextEncoder
from parts.numbers import unit
from parts.token_table import MARKS, pieces_of, read_table

LANGUAGES = 'en zh_CN de fr es it nl pt pl ru uk ja ko ar hi th tr hu'.split()
LEAST = 4                       # pictures in a folder that takes part in picture -> picture


class Table:
    """text -> float32[128], unit length, zeros if no token is known"""

    def __init__(self, path, tokenizer, prefixed):
        self.tokenizer, self.pieces = Tokenizer.from_file(tokenizer), pieces_of(Tokenizer.from_file(tokenizer))
        self.prefix = len(self.tokenizer.encode('a').ids) - 2 if prefixed else None
        self.rows = read_table(path, len(self.pieces))

    def __call__(self, text):
        ids = self.tokenizer.encode(text.lower(), add_special_tokens=self.prefix is not None).ids
        ids = ids if self.prefix is None else ids[self.prefix:-1]
        return unit(self.rows[[i for i in ids if self.pieces[i].strip('▁') not in MARKS | {''}]].sum(0))


def towers(folder):
    english = Table(f'{folder}/words-en.bin', f'{folder}/tokenizer-en.json', False)
    multi = Table(f'{folder}/words-multi.bin', f'{folder}/tokenizer-multi.json', True)
    with open(f'{folder}/tokenizer-en.json', encoding='utf8') as file:
        graph = TextEncoder(f'{folder}/text.onnx', file.read())
    each = lambda tower: lambda texts: np.stack([tower(t) for t in texts])
    return {'graph': graph, 'tables': each(lambda t: unit(english(t) + multi(t)) if t.isascii() else multi(t)),
            'multi': each(multi)}


def same_folder(pictures, folders):
    """precision@10 of a picture's nearest pictures: the share that lie in its folder"""
    near = pictures @ pictures.T
    np.fill_diagonal(near, -9)
    top = np.argsort(-near, axis=1)[:, :10]
    large = [i for i, folder in enumerate(folders) if (folders == folder).sum() >= LEAST]
    return np.mean([(folders[top[i]] == folders[i]).mean() for i in large])


def main(folder, root):
    stamps = [s for s in read_stamps(root) if s.photographic]
    pictures = embed(f'{folder}/vision.onnx', [s.path for s in stamps])
    text_towers = towers(folder)
    print(f'{len(stamps)} pictures; picture -> picture, same folder: P@10',
          f'{same_folder(pictures, np.array([s.folder for s in stamps])):.3f}')
    for language in LANGUAGES:
        part = [i for i, s in enumerate(stamps) if language in s.captions]
        captions = np.array([stamps[i].captions[language] for i in part])
        queries = {'': range(len(part))}
        if language == 'en':
            tuned = np.array([in_tuning_half(c) for c in captions])
            queries = {'tuned on': np.flatnonzero(tuned), 'not tuned on': np.flatnonzero(~tuned)}
        for name, encode in text_towers.items():
            if name == 'graph' and language != 'en':
                continue
            vectors = encode(list(captions))
            # a table knows only the semantic dimensions
            seen = unit(pictures[part, :vectors.shape[1]])
            for half, which in queries.items():
                r1, r10, n = recall(vectors @ seen.T, captions, which)
                print(f'{language:6} {name:7} {half:13} R@1 {r1:.3f}  R@10 {r10:.3f}  ({n} captions)')


if __name__ == '__main__':
    main(*sys.argv[1:])
