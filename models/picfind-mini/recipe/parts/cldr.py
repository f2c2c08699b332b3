"""CLDR's names and keywords of emoji in many languages."""
import json

LANGUAGES = 'en zh zh-Hant de fr es it nl pt pl ru ja ko sv cs uk el ar hi th tr hu fi da vi id ro ca'.split()


def annotations(node_modules, language):
    """{emoji: {'tts': [name], 'default': keywords}}"""
    path = f'{node_modules}/cldr-annotations-full/annotations/{language}/annotations.json'
    with open(path, encoding='utf8') as file:
        return json.load(file)['annotations']['annotations']


def derived_annotations(node_modules, language):
    """The same for emoji that are sequences: skin tones, couples, keycaps."""
    path = f'{node_modules}/cldr-annotations-derived-full/annotationsDerived/{language}/annotations.json'
    with open(path, encoding='utf8') as file:
        return json.load(file)['annotationsDerived']['annotations']


def names(node_modules, language, keywords=False):
    """{emoji: its name, with `keywords` followed by them}"""
    return {emoji: ', '.join(a['tts'] + (a.get('default', []) if keywords else []))
            for emoji, a in annotations(node_modules, language).items() if 'tts' in a}
