"""The Tux Paint stamps as a test set: pictures with captions in many languages. Debian: tuxpaint-stamps-default (GPL).

Nothing is fitted to them. ROOT is the folder …/usr/share/tuxpaint/stamps.
"""
import glob
import hashlib
from typing import NamedTuple

import numpy as np
import onnxruntime
from PIL import Image

SIZE = 224
PHOTOGRAPHIC = {'animals', 'food', 'plants', 'household', 'hobbies', 'sports', 'space', 'vehicles', 'medical', 'military',
                'people', 'town'}
DRAWN = ('cartoon', 'flags', 'toys')


class Stamp(NamedTuple):
    path: str
    folder: str                # below ROOT
    captions: dict             # {language: caption}, 'en' always
    photographic: bool


def read_stamps(root):
    stamps = []
    for path in sorted(glob.glob(root + '/**/*.png', recursive=True)):
        if path.endswith(('_mirror.png', '_flip.png')):
            continue
        with open(path[:-4] + '.txt', encoding='utf8', errors='replace') as file:
            english, *others = file.read().splitlines()
        captions = {'en': english.strip()}
        for line in others:
            language, separator, caption = line.partition('.utf8=')
            if separator and caption.strip():
                captions[language] = caption.strip()
        relative = path[len(root.rstrip('/')) + 1:]
        photographic = relative.split('/')[0] in PHOTOGRAPHIC and not any(word in relative for word in DRAWN)
        stamps.append(Stamp(path, relative.rsplit('/', 1)[0], captions, photographic))
    return stamps


def in_tuning_half(caption):
    """Whether a caption's figures were seen while the recipe's constants were chosen."""
    return int(hashlib.md5(caption.encode()).hexdigest(), 16) % 2 == 0


def pixels(path):
    """float32 [3, 224, 224]: on white, letterboxed, bicubic, -1…1"""
    picture = Image.open(path).convert('RGBA')
    side = max(picture.size)
    square = Image.new('RGBA', (side, side), (255, 255, 255, 255))
    square.alpha_composite(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    rgb = np.asarray(square.convert('RGB').resize((SIZE, SIZE), Image.Resampling.BICUBIC), np.float32)
    return (rgb.transpose(2, 0, 1) / 255 - .5) / .5


def embed(model, paths, batch=16):
    """float32 [paths, D]"""
    session = onnxruntime.InferenceSession(model)
    return np.concatenate([session.run(None, {'pixel_values': np.stack([pixels(p) for p in paths[i:i + batch]])})[0]
                           for i in range(0, len(paths), batch)])


def recall(scores, captions, queries):
    """(recall@1, recall@10, distinct captions) of captions as queries; scores [pictures, pictures]: of the caption of one
    with the vector of the other. Every picture with that very caption is right; a tie counts as wrong."""
    code = np.unique(captions, return_inverse=True)[1]
    ranks = []
    for i in {captions[i]: i for i in queries}.values():
        right = code == code[i]
        ranks.append(1 + (scores[i, ~right] >= scores[i, right].max()).sum())
    ranks = np.array(ranks)
    return (ranks <= 1).mean(), (ranks <= 10).mean(), len(ranks)
