"""Pairs of a picture and its name, from emoji and clip art: WORK/pairs.json

A list of {name, keys: keywords, and one of icon: name in @iconify-json/noto, svg: path, bitmap: path}.
"""
import glob
import gzip
import html
import json
import os
import random
import re
import sys

from parts import cldr

WITHOUT_LOOK = {None, 2, 8, 9}        # emojibase's groups: none, parts of emoji, symbols, flags
FOLDERS_WITHOUT_LOOK = re.compile(
    r'shapes|special|buttons|logos|computer/|recreation/games/(cards|chess|dice)|signs_and_symbols/(?!weather)|education/'
    r'|geography/|transportation/(roadsigns|aiga)|electronics/|unsorted/duplicates|office/telephone')
NOISE = set('hash|openclipart|icon|clip art|clipart|image|media|public domain|png|svg|appicon|networksym|signs_and_symbols'
            '|computer|shape|menu|unsorted|cartoon|etiquette|theme|flag|contour|draft|silhouette|outline|drawing|line art'
            '|black and white'.split('|'))
NO_TITLE = re.compile(r'(?i)clipart by|various clip|svg road|open ?clip|untitled|$')
IN_TITLES = [(r'\.svg.*', ''), (r'[_\-]+', ' '), (r'\(.*?\)', ''), (r'\b\w*\d\w*\b', ''), (r'\s+', ' ')]


def emoji_pairs(modules):
    """Each emoji as Noto, Twemoji and Fluent draw it, and one of its skin tones, under CLDR's English name."""
    def load(path):
        with open(f'{modules}/{path}', encoding='utf8') as file:
            return json.load(file)

    code = lambda hexcode: hexcode.lower().replace('-fe0f', '')
    files = lambda pattern: {code(os.path.splitext(os.path.basename(f))[0]): f for f in glob.glob(f'{modules}/{pattern}')}
    annotations = {**cldr.derived_annotations(modules, 'en'), **cldr.annotations(modules, 'en')}
    noto = {code(k): v for k, v in load('@iconify-json/noto/chars.json').items()}
    twemoji, fluent = files('@twemoji/svg/*.svg'), files('@lobehub/fluent-emoji-3d/assets/*.webp')
    pick = random.Random(0)
    for emoji in load('emojibase-data/en/data.json'):
        codes = [code(emoji['hexcode'])] + ([code(pick.choice(emoji['skins'])['hexcode'])] if emoji.get('skins') else [])
        about = annotations.get(emoji['emoji']) or annotations.get(emoji['emoji'].replace('\ufe0f', '')) or {}
        name = about.get('tts', [emoji['label']])[0]
        if emoji.get('group') in WITHOUT_LOOK or name.endswith(('o’clock', '-thirty')):
            continue
        words = {'name': name, 'keys': [k for k in about.get('default', []) if k.lower() != name.lower()]}
        for c in codes:
            if c in noto:
                yield {**words, 'icon': noto[c]}
            if c in twemoji:
                yield {**words, 'svg': twemoji[c]}
            if c in fluent:
                yield {**words, 'bitmap': fluent[c]}


def clipart_pairs(root):
    """Clip art whose own metadata puts it in the public domain, under its title (its file name if it has none)."""
    for path in sorted(glob.glob(root + '/**/*.svg*', recursive=True)):
        relative = path[len(root) + 1:]
        with open(path, 'rb') as file:
            raw = file.read()
        svg = (gzip.decompress(raw) if raw[:2] == b'\x1f\x8b' else raw).decode('utf8', 'replace')
        work = re.search(r'<cc:Work.*?</cc:Work>', svg, re.S)
        licence = re.search(r'cc:license rdf:resource="([^"]*)"', svg)
        if FOLDERS_WITHOUT_LOOK.match(relative) or not work or licence and 'ublic' not in licence.group(1):
            continue
        title = re.search(r'<dc:title>\s*(.*?)\s*</dc:title>', work.group(0).split('<dc:publisher>')[0], re.S)
        title = html.unescape(title.group(1)) if title else ''
        if NO_TITLE.match(title):
            title = os.path.basename(relative).split('.')[0]
        for pattern, put in IN_TITLES:
            title = re.sub(pattern, put, title)
        title = title.strip().lower()
        keys = [html.unescape(k).strip().lower().replace('_', ' ')
                for k in re.findall(r'<rdf:li>(.*?)</rdf:li>', work.group(0), re.S)]
        # these three draughtsmen titled their work in Italian; their keywords are English
        italian = 'architetto' in relative or 'mauro_oliv' in relative or any('rollandin' in k for k in keys)
        keys = [k for k in keys if k and k not in NOISE and 'rollandin' not in k and len(k) < 25 and k != title]
        if italian or not title:
            title, keys = keys[0] if keys else '', keys[1:]
        if 3 <= len(title) <= 40:
            yield {'name': title, 'keys': keys[:6], 'svg': path}


def main(work):
    pairs = [*emoji_pairs(f'{work}/npm/node_modules'), *clipart_pairs(f'{work}/debian/usr/share/openclipart/svg')]
    with open(f'{work}/pairs.json', 'w', encoding='utf8') as file:
        json.dump(pairs, file, ensure_ascii=False)
    print(len(pairs), 'pairs of a picture and its name')


if __name__ == '__main__':
    main(*sys.argv[1:])
