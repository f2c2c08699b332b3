#!/usr/bin/env python3
"""Writes vectors.json: what a reference run of the same files gives (onnxruntime on CPU, token tables by numpy).

  pip install numpy onnxruntime==1.31.1 tokenizers==0.23.3
  python tests/data/make_vector_goldens.py

Pictures are tensors by formula, the same in tests/web/encoder.test.ts. Run it again whenever a file of models/picfind-mini changes.
The seeded CLIP towers are made by `node tests/data/seeded-clip.mjs` in a temporary folder.
"""
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
MODELS = HERE.parent.parent / 'models'
MINI = MODELS / 'picfind-mini'

TENSORS = ['noise', 'slope', 'flat']
TEXTS = ['a dog on a beach', 'red apple', 'mushroom', 'an old wooden sailing ship, seen from above', '红苹果', 'ein roter Apfel', 'кошка', 'Crème brûlée']
CLIP_TEXTS = ['a photo of a dog', 'the same word again and again ' * 20]

unit = lambda v: v / np.linalg.norm(v)


def tensor(kind, size):
    """float32[3, size, size] in -1 ... 1, every value a multiple of 1/255"""
    c, y, x = np.meshgrid(np.arange(3), np.arange(size), np.arange(size), indexing='ij')
    if kind == 'noise':
        value = (x * 73 + y * 151 + c * 199 + x * y * 31) % 256
    elif kind == 'slope':
        value = (x * (c + 1) + y * 2) % 512
        value = np.where(value > 255, 511 - value, value)
    else:
        value = 80 + 60 * c
    return (value / 127.5 - 1).astype(np.float32)


def graph(path, session=None):
    """`session`: the manifest's options. Without `disable_quant_qdq` the native runtime rounds activations to 8 bits, which the graph does not ask for."""
    options = onnxruntime.SessionOptions()
    for key, value in (session or {}).get('extra', {}).get('session', {}).items():
        options.add_session_config_entry(f'session.{key}', value)
    return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])


class Table:
    def __init__(self, tower):
        tokenizer = Tokenizer.from_file(str(MINI / tower['tokenizer']['path']))
        self.tokenizer, self.affixes, self.skip = tokenizer, tower['affixes'], {tokenizer.token_to_id(t) for t in tower['skip']}
        raw, rows, width = (MINI / tower['file']['path']).read_bytes(), tokenizer.get_vocab_size(), tower['dim']
        scales = np.frombuffer(raw, '<f4', rows, rows * width)
        self.rows = np.frombuffer(raw, np.int8, rows * width).reshape(rows, width) * scales[:, None].astype(np.float64)

    def __call__(self, text):
        ids = self.tokenizer.encode(text.lower()).ids
        ids = [i for i in ids[self.affixes['start']:len(ids) - self.affixes['end']] if i not in self.skip]
        return unit(self.rows[ids].sum(0))


def rounded(vector):
    return [round(float(v), 6) for v in vector]


def main():
    manifest = json.loads((MINI / 'model.json').read_text(encoding='utf8'))
    towers = {tower['id']: tower for tower in manifest['towers']['text']}
    picture = graph(MINI / 'vision.onnx', manifest['towers']['picture'].get('session'))
    size = manifest['preprocess']['size']
    pictures = {kind: rounded(unit(picture.run(None, {'pixel_values': tensor(kind, size)[None]})[0][0])) for kind in TENSORS}

    text_graph, tokenizer = graph(MINI / 'text.onnx', towers['minilm'].get('session')), Tokenizer.from_file(str(MINI / 'tokenizer-en.json'))

    def minilm(text):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        return unit(text_graph.run(None, {'input_ids': ids, 'attention_mask': np.ones_like(ids)})[0][0])

    by_tower = {'words-en': Table(towers['words-en']), 'words-multi': Table(towers['words-multi']), 'minilm': minilm}
    texts = {text: {name: rounded(encode(text)) for name, encode in by_tower.items() if name != 'words-en' or text.isascii()} for text in TEXTS}

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['node', str(HERE / 'seeded-clip.mjs'), folder], check=True)
        vision, text_tower = graph(f'{folder}/vision_model.onnx'), graph(f'{folder}/text_model.onnx')
        clip_tokenizer = Tokenizer.from_file(str(MODELS / 'clip/tokenizer.json'))
        clip_tokenizer.enable_truncation(77)
        seeded = {
            'noise': rounded(unit(vision.run(None, {'pixel_values': tensor('noise', 224)[None]})[0][0])),
            **{t: rounded(unit(text_tower.run(None, {'input_ids': np.array([clip_tokenizer.encode(t).ids], np.int64)})[0][0])) for t in CLIP_TEXTS},
        }

    path = HERE / 'vectors.json'
    path.write_text(json.dumps({'pictures': pictures, 'texts': texts, 'seededClip': seeded}, ensure_ascii=False, separators=(',', ':')) + '\n', encoding='utf8')
    print(path, path.stat().st_size, 'bytes')


if __name__ == '__main__':
    main()
