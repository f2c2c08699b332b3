"""Words that pictures are looked for by, words.txt: CLDR's English names of emoji and the keywords that several of them share, and the
names of animals, plants and food in all languages.  python -m steps.words NODE_MODULES OUT"""
import collections
import re
import sys
import unicodedata

from parts import cldr

ANIMALS_PLANTS_FOOD = [(0x1F32D, 0x1F37F), (0x1F400, 0x1F43F), (0x1F950, 0x1F96F), (0x1F980, 0x1F9CB), (0x1FAB0, 0x1FADF)]


def words(texts):
    for text in texts:
        yield from re.findall(r"[\w\u0300-\u036f\u0900-\u097f\u0e00-\u0e7f]+", unicodedata.normalize('NFKC', text.lower()))


def english(node_modules):
    annotations = cldr.annotations(node_modules, 'en').values()
    names = {word for a in annotations for word in words(a.get('tts', []))}
    keywords = collections.Counter(word for a in annotations for word in set(words(a.get('default', []))))
    return names | {word for word, count in keywords.items() if count > 1}


def things(node_modules, language):
    for emoji, name in cldr.names(node_modules, language).items():
        if any(first <= ord(emoji[0]) <= last for first, last in ANIMALS_PLANTS_FOOD):
            yield from words([name])


def main(node_modules, out):
    found = english(node_modules)
    for language in cldr.LANGUAGES:
        found.update(things(node_modules, language))
    # Other single letters are words only where writing is in syllables or in signs for words.
    listed = sorted(word for word in found if not word.isdigit() and (len(word) > 1 or word == 'a' or word > '\u2e80'))
    with open(out, 'w', encoding='utf8') as file:
        file.write('\n'.join(listed) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
