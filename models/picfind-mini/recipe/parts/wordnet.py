"""WordNet's nouns: names, glosses, hypernyms, and short English texts made of them."""
import random
import re
from typing import NamedTuple

ADJECTIVES = ('red blue green yellow black white brown orange pink grey golden big small little old young wooden round '
              'long fresh wild').split()
VISIBLE = {5, 6, 8, 13, 17, 18, 20, 27}   # lexicographer files: animal artifact body food object person plant substance


class Noun(NamedTuple):
    words: list
    hypernym: str | None                    # offset of the first one
    file: int
    gloss: str


def read_nouns(path):
    """data.noun -> {synset offset: Noun}, in the order of the file"""
    nouns = {}
    for line in open(path, encoding='latin-1'):
        if line.startswith('  '):           # the licence at the top of the file
            continue
        head, _, gloss = line.partition(' | ')
        field = head.split()
        count = int(field[3], 16)
        pointers = field[5 + 2 * count:]
        above = [pointers[i + 1] for i in range(0, len(pointers), 4) if pointers[i] in ('@', '@i')]
        words = [w.replace('_', ' ') for w in field[4:4 + 2 * count:2]]
        nouns[field[0]] = Noun(words, above[0] if above else None, int(field[1]), gloss.strip())
    return nouns


def hypernyms(nouns, offset):
    """offsets of the hypernyms of a noun, nearest first"""
    above, node = [], nouns[offset].hypernym
    while node:
        above.append(node)
        node = nouns[node].hypernym
    return above


def phrases(nouns, seed=1):
    """About 43,000 short texts: names, glosses, 'a ADJECTIVE name', 'a photo of a name', 'name and name'."""
    names = sorted({word.lower() for noun in nouns.values() for word in noun.words})
    glosses = [g for g in (noun.gloss.split(';')[0].strip().lower() for noun in nouns.values()) if 3 < len(g) < 70]
    pick = random.Random(seed)
    pick.shuffle(names)
    pick.shuffle(glosses)
    texts = names[:22000] + glosses[:12000]
    texts += [f'a {pick.choice(ADJECTIVES)} {name}' for name in names[22000:26000]]
    texts += [f'a photo of a {name}' for name in names[26000:29000]]
    texts += [f'{one} and {other}' for one, other in zip(names[29000:31000], names[31000:33000])]
    return [t for t in texts if t.isascii()]


def visible_phrases(nouns, seed=0):
    """About 48,000 names, glosses and simple phrases, mostly of things one can see."""
    pick, texts = random.Random(seed), []
    gloss = lambda noun: re.sub('; ".*', '', noun.gloss).strip()
    article = lambda word: ('an ' if word[0].lower() in 'aeiou' else 'a ') + word
    for offset in pick.sample(list(nouns), 8000):
        texts += [pick.choice(nouns[offset].words), gloss(nouns[offset])]
    for offset in pick.sample([o for o in nouns if nouns[o].file in VISIBLE], 8000):
        noun = nouns[offset]
        name, look = pick.choice(noun.words), pick.choice(ADJECTIVES)
        kind = ', ' + nouns[noun.hypernym].words[0] if noun.hypernym else ''
        texts += [name, gloss(noun), noun.words[0] + kind,
                  pick.choice(['a photo of ' + article(name), article(name).capitalize() + '.',
                               article(look + ' ' + name), look + ' ' + name])]
    return texts
