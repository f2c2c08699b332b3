"""BERT sentence encoders as ONNX graphs: all-MiniLM-L6-v2 and multilingual-e5-small are the same network but for depth."""
import math

import numpy as np
import onnxruntime
from onnx import TensorProto
from tokenizers import Tokenizer

WIDTH, HEADS = 384, 12
LONGEST = 128                   # tokens of a text; the rest is cut off
INPUTS = [(name, TensorProto.INT64, ['N', 'L']) for name in ('input_ids', 'attention_mask')]


def pooled_tokens(g, state, layers):
    """[N, 384]: the mean of the last layer over the tokens that attention_mask keeps. `state` has the names of
    Hugging Face's BertModel."""
    norm = lambda x, key: g.op('LayerNormalization', x, g.const(state[key + '.weight']), g.const(state[key + '.bias']),
                               axis=-1, epsilon=1e-12)
    dense = lambda x, key: g.linear(x, state[key + '.weight'].T, state[key + '.bias'])
    words = state['embeddings.word_embeddings.weight'] + state['embeddings.token_type_embeddings.weight'][0]
    length = g.op('Gather', g.op('Shape', 'input_ids'), g.ints(1))
    places = g.rows(state['embeddings.position_embeddings.weight'], g.op('Range', g.ints(0), length, g.ints(1)))
    x = norm(g.op('Add', g.rows(words, 'input_ids'), places), 'embeddings.LayerNorm')
    mask = g.op('Cast', 'attention_mask', to=TensorProto.FLOAT)
    hide = g.op('Mul', g.op('Sub', g.const(1), g.op('Unsqueeze', mask, g.ints([1, 2]))), g.const(-1e4))
    split, join = g.ints([0, 0, HEADS, WIDTH // HEADS]), g.ints([0, 0, WIDTH])
    for i in range(layers):
        layer = f'encoder.layer.{i}.'
        heads = lambda name, order: g.op('Transpose', g.op('Reshape', dense(x, f'{layer}attention.self.{name}'), split),
                                         perm=order)
        query, key, value = heads('query', [0, 2, 1, 3]), heads('key', [0, 2, 3, 1]), heads('value', [0, 2, 1, 3])
        score = g.op('Mul', g.op('MatMul', query, key), g.const((WIDTH // HEADS) ** -0.5))
        mixed = g.op('MatMul', g.op('Softmax', g.op('Add', score, hide), axis=-1), value)
        mixed = g.op('Reshape', g.op('Transpose', mixed, perm=[0, 2, 1, 3]), join)
        x = norm(g.op('Add', dense(mixed, layer + 'attention.output.dense'), x), layer + 'attention.output.LayerNorm')
        inner = dense(x, layer + 'intermediate.dense')
        erf = g.op('Add', g.op('Erf', g.op('Div', inner, g.const(math.sqrt(2)))), g.const(1))
        gelu = g.op('Mul', g.op('Mul', inner, erf), g.const(0.5))
        x = norm(g.op('Add', dense(gelu, layer + 'output.dense'), x), layer + 'output.LayerNorm')
    keep = g.op('Unsqueeze', mask, g.ints([2]))
    total = g.op('ReduceSum', g.op('Mul', x, keep), g.ints([1]), keepdims=0)
    return g.op('Div', total, g.op('ReduceSum', keep, g.ints([1]), keepdims=0))


class TextEncoder:
    """texts -> float32 [texts, D], with an ONNX text tower (a path or a model) and its tokenizer.json (text)."""

    def __init__(self, model, tokenizer_json):
        self.session = onnxruntime.InferenceSession(model if isinstance(model, str) else model.SerializeToString())
        self.tokenizer = Tokenizer.from_str(tokenizer_json)
        self.tokenizer.enable_truncation(LONGEST)
        self.tokenizer.no_padding()

    def __call__(self, texts, batch=128):
        distinct = sorted(set(texts))
        ids = [e.ids for e in self.tokenizer.encode_batch(distinct)]
        by_length, vector = sorted(range(len(ids)), key=lambda i: len(ids[i])), {}
        for start in range(0, len(ids), batch):
            part = by_length[start:start + batch]
            padded = np.zeros((len(part), len(ids[part[-1]])), np.int64)
            mask = np.zeros_like(padded)
            for row, i in enumerate(part):
                padded[row, :len(ids[i])], mask[row, :len(ids[i])] = ids[i], 1
            rows, = self.session.run(None, {'input_ids': padded, 'attention_mask': mask})
            vector.update((distinct[i], row) for i, row in zip(part, rows))
        return np.stack([vector[text] for text in texts])
