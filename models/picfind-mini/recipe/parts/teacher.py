"""A multilingual sentence encoder that speaks MiniLM's space: multilingual-e5-small and a fitted tail.

  z = unit((e5 - mean) without the directions that tell languages apart)
  vector = unit(z R  +  CLASSES * look(z, ImageNet classes)  +  EMOJI * look(z, emoji))
  look(z, keys, values) = unit(softmax(SHARPNESS * z keys') values)

R is orthogonal (Procrustes). Ridge regression or a small network in place of R and the look-ups does clearly worse.
"""
import numpy as np

from parts.bert import WIDTH
from parts.numbers import unit

SHARPNESS, CLASSES, EMOJI = 32, 0.6, 0.4
TELLTALE = 16                                     # directions that tell languages apart


def look(z, keys, values):
    score = SHARPNESS * z @ keys.T
    near = np.exp(score - score.max(1, keepdims=True))
    return unit(near / near.sum(1, keepdims=True) @ values)


class Teacher:
    def __init__(self, e5, minilm, texts, emoji, classes):
        """e5, minilm: encoders, texts -> [n, 384]; texts: English, to fit R on; emoji: {language: {emoji: name}};
        classes(encode): the ImageNet class vectors by an encoder"""
        self.e5 = e5
        x, y = e5(texts), minilm(texts)
        self.mean = x.mean(0)
        common = [e for e in emoji['en'] if all(e in names for names in emoji.values())]
        named = [e5([names[e] for e in common]) for names in emoji.values()]
        english = minilm([emoji['en'][e] for e in common])

        by_language = np.stack([unit(v - self.mean).mean(0) for v in named])
        tell = np.linalg.svd(by_language - by_language.mean(0), full_matrices=False)[2][:TELLTALE]
        self.keep = np.eye(WIDTH) - tell.T @ tell
        foreign = np.mean([self.neutral(v) for v in named], 0)          # each emoji's name, averaged over the languages
        cross = self.neutral(x).T @ (y - y.mean(0)) / len(x) + foreign.T @ (english - english.mean(0)) / len(common)
        u, _, vt = np.linalg.svd(cross)
        self.rotation = u @ vt

        apart = lambda v: np.linalg.solve(v @ v.T + np.eye(len(v)), v)   # alike values must not add up
        self.looks = [(CLASSES, classes(lambda t: self.neutral(e5(t))), apart(classes(minilm))),
                      (EMOJI, unit(foreign), apart(english))]

    def neutral(self, vectors):
        """e5's vectors without what tells their language"""
        return unit((vectors - self.mean) @ self.keep)

    def __call__(self, texts):
        z = self.neutral(self.e5(texts))
        return unit(z @ self.rotation + sum(share * look(z, keys, values) for share, keys, values in self.looks))
