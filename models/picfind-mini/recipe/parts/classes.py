"""Text vectors of the 1,000 ImageNet classes."""
import math
from collections import Counter

import numpy as np

from parts.files import imagenet_classes
from parts.numbers import unit
from parts.wordnet import hypernyms

HYPERNYMS = 0.3         # weight of the hypernyms in a class vector
NEAREST = 8             # hypernyms that count


def class_vectors(encode, wheels, nouns):
    """float32 [1000, D], unit length: names, gloss and path averaged, and a little of each hypernym; the fewer classes lie
    below a hypernym, the more it counts. encode(texts) -> [texts, D]"""
    synsets, names, glosses = imagenet_classes(wheels)
    names = [[name.strip() for name in line.split(',')] for line in names]
    above = [hypernyms(nouns, synset[1:]) for synset in synsets]      # a synset id is 'n' and the offset

    flat = encode([name for line in names for name in line])
    ends = np.cumsum([len(line) for line in names])
    by_name = unit(np.stack([flat[end - len(line):end].mean(0) for line, end in zip(names, ends)]))
    by_gloss = encode(glosses)
    by_path = encode([', '.join(line[:1] + [nouns[h].words[0] for h in chain[:4]]) for line, chain in zip(names, above)])

    below = Counter(h for chain in above for h in chain)
    vector = {h: encode(nouns[h].words).mean(0) for h in sorted({h for chain in above for h in chain[:NEAREST]})}
    weight = lambda h: max(0.0, 1 - math.log(below[h]) / math.log(len(synsets)))
    by_hypernym = np.stack([sum(weight(h) * vector[h] for h in chain[:NEAREST]) for chain in above])
    return unit(unit(by_name + by_gloss + by_path) + HYPERNYMS * unit(by_hypernym))
