#!/usr/bin/env python3
"""Writes tokens.jsonl and openai-tokens.jsonl: what the reference tokenizers give for hard strings.

  pip install tokenizers==0.23.3 && pip install --no-deps openai-clip ftfy regex wcwidth
  python tests/data/make_token_goldens.py

tokens.jsonl         [text, ids of tokenizer-en.json, ids of tokenizer-multi.json, ids of clip/tokenizer.json]
openai-tokens.jsonl  [text, ids of OpenAI's own CLIP tokenizer], text without HTML entities and mojibake
"""
import importlib.util
import json
import pathlib
import random
import sys
import types

import tokenizers

assert tokenizers.__version__ == '0.23.3', tokenizers.__version__
HERE = pathlib.Path(__file__).parent
MODELS = HERE.parent.parent / 'models'
FILES = ['picfind-mini/tokenizer-en.json', 'picfind-mini/tokenizer-multi.json', 'clip/tokenizer.json']

ORDINARY = '''a photo of a dog
A Photo Of A DOG
two dogs, one cat & a parrot
it's John's; we'll say they've won't, I'd, I'm, you're
SHE'S GONE AND I'VE HAD IT
3.14159 and 1,000,000 and 007
room 101, 2nd floor, 50% off!!!
e-mail me: someone@example.org
https://example.org/path?a=1&b=2#top
C++23 vs. TypeScript 5.x
rock'n'roll 'quoted' "double" (brackets) [square] {curly} <angle>
snake_case camelCase kebab-case
hello...world --- what?! ~~~ ***
naïve café, crème brûlée, piñata, façade
Zürich Straße Ärger Übung
Łódź żółw Český krumlov
sunset over the sea
ein roter Apfel auf dem Tisch
un chat noir sur un canapé
un perro en la playa
uma praia ao pôr do sol
лес зимой, Красная площадь
красный автомобиль
Ελλάδα και θάλασσα
红苹果
海边的日落 和 一只狗
日本語のテキスト、カタカナとひらがな
東京タワー
한국어 문장 하나
빨간 사과
สวัสดีชาวโลก
תפוח אדום
تفاحة حمراء
नमस्ते दुनिया
தமிழ் மொழி
ქართული ენა
հայերեն լեզու
xylophone zeitgeist antidisestablishmentarianism
supercalifragilisticexpialidocious'''.split('\n')

HARD = [
    '', ' ', '   ', '\t', '\n', '\r\n', '\v', '\f', '\x00', '\x01a\x02b', '\x1f', '\x7f', '\x85', 'a\x85b', '\xa0', 'a\xa0b', '\u1680', '\u2000\u2001\u200a',
    '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', 'a\u3000b', '\ufeff', '\ufeffa', 'a\ufeffb', '\u200b', 'a\u200bb', '\u200c', '\u200d', '\u200e\u200f', '\u2060', '\u00ad', 'soft\u00adhyphen',
    '\ufffd', 'a\ufffdb', '\ufffe', '\uffff', '  lead', 'trail  ', ' a  b   c ', 'a\nb\tc\r\nd', '\u180e', 'a\u034fb',
    '😀', '😀😀', 'a😀b', '👍🏽', '👩‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪🇫🇷', '1️⃣', '❤️', '❤', '☎︎', '♥', '©®™', '→⇒', '★☆', '🦄 unicorn', 'smile:-) ;) <3',
    'é', 'e\u0301', 'Å', 'A\u030a', '\u212b', 'ü', 'u\u0308', 'ñ', 'n\u0303', 'q\u0307\u0323', 'q\u0323\u0307', '\u0301', 'a\u0301\u0302\u0303', '\u1e9b\u0323', '\u0344', 'ȩ́',
    'ﬁ', 'ﬀ', 'ﬃ', 'ﬅ', 'ĳ', 'ǆ', 'Ǆ', 'ŉ', 'ſ', 'ß', 'ẞ', 'STRASSE', 'İstanbul', 'ISTANBUL', 'ı', 'iİıI', 'i\u0307', 'Σ', 'ΣΑΣ', 'ὈΔΥΣΣΕΎΣ', 'ΑΣ.', 'ΌΣΟΣ ς σ', 'Ϊ́', 'ᾳ', 'ᾼ',
    '½', '¼ cup', 'x²', 'x₂', 'Ⅷ', '①②', '㍿', '㎏', '℃', '№ 5', '１２３', 'ＡＢＣ', 'ａｂｃ', '～', 'ｶﾀｶﾅ', 'ｶﾞ', 'ガ', 'ガ', '한', '한', 'ㄱㄴ', '㈜', 'ﷺ', 'ﻻ',
    '٣', '३', '๓', '٤٥٦', '１', '𝟙', '𝒟𝑜𝑔', '𝔘𝔫𝔦', '𐐀𐐨', '𠀀', '𠮷野家', '𪚥', '𫝀', '𬺰', '\U0002b820', '\U0002b920', '\U0002ceb0', '\U0002f800', '\U00030000', '\U0001f16c', '\u32ff', '\U00010ffff'[:1],
    '<|startoftext|>', '<|endoftext|>', '<|STARTOFTEXT|>', '<|ENDOFTEXT|>', '<|EndOfText|>', 'a<|endoftext|>b', ' <|endoftext|> ', '<|startoftext|>a<|endoftext|>', '<|endoftext', '<|x|>',
    '[CLS]', '[SEP]', '[UNK]', '[MASK]', '[PAD]', '[cls]', 'a[SEP]b', '[ SEP ]', '[SEP][SEP]', '<s>', '</s>', '<unk>', '<pad>', 'a<s>b', '<S>', '＜s＞', '<mask>', 'query: a', 'query:', '▁', 'a▁b', '▁▁a', '##ing', '##', 'x##y',
    "'", "''", "'s", "'S", "'t 're 've 'm 'll 'd", "don't", 'don’t', "DON'T", "'tis", "o'clock", "l'été", "rock 'n' roll", "''''s", "'sa", "s'", 'ʼs', '`s', '"', '“q”', '‘q’', '«q»', '„q“',
    '.', '...', '…', '. . .', '!!!', '?!', '!?!?', '¿qué?', '¡ay!', '-', '--', '—', '–', 'a-b', 'a–b', 'a—b', '_', '__', '_a_', '/', '\\', '|', '~', '^', '`', '@', '#', '$', '$5', '€5', '£', '¥', '%', '&', '&&', '&amp', '*', '**b**', '+', '++', '=', '==', '(', ')', '()', '[]', '{}', '<>', ',', ',,', ';', ':', '::', '、。', '，', '！', '？', '「」', '・', '〜', '،', '؟', '।', '॥', '·', '•', '§', '¶', '†', '‰', '′', '″',
    '0', '00', '007', '1234567890', '12,345.67', '1e10', '0x1F', '3rd', 'x1y2', '1a', 'a1', '1 2 3', '1.2.3', '-5', '+7', '50%', '10:30', '2024-01-02',
    'ไทย', 'ภาษาไทยไม่มีช่องว่าง', 'ကမ္ဘာ', 'ព្រះ', 'ລາວ', 'བོད', 'ᠮᠣᠩᠭᠣᠯ', 'العَرَبِيَّة', 'اَلْعَرَبِيَّةُ', 'עִבְרִית', 'ܣܘܪܝܝܐ', 'ދިވެހި', 'हिन्दी', 'क्षत्रिय', 'বাংলা', 'ਪੰਜਾਬੀ', 'ગુજરાતી', 'ଓଡ଼ିଆ', 'தமிழ்', 'తెలుగు', 'ಕನ್ನಡ', 'മലയാളം', 'සිංහල', 'አማርኛ', 'ᏣᎳᎩ', 'ᐃᓄᒃᑎᑐᑦ', 'ⵜⴰⵎⴰⵣⵉⵖⵜ',
    'Tiếng Việt', 'Tiếng Việt', 'ắ ằ ẳ', 'Ɓ ɓ', 'Đđ', 'Œuvre', 'Æther', 'Ðð Þþ', 'ʻokina', 'ĦħĊċ', 'Ѐ ѐ', 'й', 'й', 'ё', 'Їжак', 'Ґ',
    '\ua7f2', '\u1abf', 'a\u1abf\u0301', 'a\u0301\u1abf', '\u089c', 'a\u0897', '\U00011935\U00011930', '\U00016d67\U00016d67', '\U000105d2\u0307', '\U0001e4ec', '\U0001f7f0', '\U0001fae8', '\U0001fbf0', '\U00032400', '\U000323b0', '\U0001e6d1', '\ue000', '\uf8ff', '\U000f0000', '\U000e0041', '\U000e0100', '\u0600', '\u061c', '\u061d', '\u2e5d', '\u166d', '\u1734', '\u0489', '\u20dd', 'a\u20dd',
    'a' * 99, 'a' * 100, 'a' * 101, 'ab' * 60, 'x' * 300, '!' * 120, '-' * 77, '_' * 40, 'ha' * 40, '啊' * 30, '😀' * 10, 'word ' * 40, 'aaa bbb ' * 12, 'ı' * 7, '\u0301' * 5,
]


def mixed(count, seed):
    """strings of characters from many blocks, with words, marks and special tokens between them"""
    r = random.Random(seed)
    blocks = [(0x20, 0x7E)] * 4 + [(0xA0, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F),
              (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xA640, 0xABFF), (0xAC00, 0xD7A3), (0xF900, 0xFFFF),
              (0x10000, 0x11FFF), (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF), (0x20000, 0x2CEAF)]
    words = ['a', 'dog', 'Photo', "'s", "I'LL", 'ΣΑΣ', 'é', 'e\u0301', ' ', '  ', '你好', '<s>', '[SEP]', '<|endoftext|>', '👍🏽', '...', '12']
    out = []
    for _ in range(count):
        parts = []
        for _ in range(r.randint(1, 8)):
            parts.append(r.choice(words) if r.random() < 0.5 else chr(r.randint(*r.choice(blocks))))
        out.append(''.join(parts))
    return out


def openai_tokenizer():
    """clip/simple_tokenizer.py by itself; the package around it would need PyTorch"""
    folder = pathlib.Path(importlib.util.find_spec('clip').submodule_search_locations[0])
    package = types.ModuleType('clip')
    package.__path__ = [str(folder)]
    sys.modules['clip'] = package
    from clip.simple_tokenizer import SimpleTokenizer
    encoder = SimpleTokenizer()
    return lambda text: [encoder.encoder['<|startoftext|>'], *encoder.encode(text), encoder.encoder['<|endoftext|>']]


def write(name, rows):
    path = HERE / name
    with path.open('w', encoding='utf8') as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=True, separators=(',', ':')) + '\n')
    print(f'{name}: {len(rows)} strings, {path.stat().st_size} bytes')


references = [tokenizers.Tokenizer.from_file(str(MODELS / file)) for file in FILES]
texts = list(dict.fromkeys(ORDINARY + HARD + mixed(400, 7)))
write('tokens.jsonl', [[text, *(reference.encode(text).ids for reference in references)] for text in texts])
openai = openai_tokenizer()
write('openai-tokens.jsonl', [[text, openai(text)] for text in ORDINARY])
