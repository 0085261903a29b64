"""The command line's part for taking a GAN apart: ``gluon-gan dissect``."""
import argparse
from pathlib import Path

HELP = """Take the networks of a run apart, and write what is found as pictures into RUN/dissect/. RUN is a run's folder, a checkpoint, or
the name of shipped weights (whose pictures go to dissect/NAME/). With none of --features, --filters, --neighbours and --forget, the first
three are done. Every one prints the number that says whether it worked."""
SEEN, FEATURES, EACH, COMPARED = 1000, 6, 9, 24      # training pictures that are looked at; features and pictures shown; features that are compared


def add(commands):
    """Add ``dissect`` to the command line's parser."""
    parser = commands.add_parser('dissect', help='see what the networks of a run learned', description=HELP,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights (mnist)")
    parser.add_argument('--features', action='store_true', help="which pixels excite D's strongest features (guided "
                                                                "backpropagation), beside those of an untrained D")
    parser.add_argument('--filters', type=int, nargs='*', metavar='MAP', help='the training pictures that excite feature maps '
                                                                            'of D most (default: the strongest six)')
    parser.add_argument('--neighbours', action='store_true', help='the training pictures that are nearest to generated '
                                                                  "ones, in pixels and in D's features")
    parser.add_argument('--forget', metavar='FILE', help="drop the maps of G that draw an object: FILE has a line "
                                                         "'SAMPLE X0 Y0 X1 Y1' for each box around it, in pixels of the samples of --seed")
    parser.add_argument('--layer', metavar='NAME', help="of D (default: its last maps, such as down.3), or of G for --forget (up.1)")
    parser.add_argument('--drop', type=int, metavar='K', help='with --forget: only the K maps of greatest weight (default: '
                                                               'all of positive weight, as in the paper)')
    parser.add_argument('--aligned', action='store_true', help='with --forget, for pictures in which everything has its place, such as faces: '
                                                               'compare with the same places of the samples that have no box (box the object in '
                                                               'all that show it), and drop only there')
    parser.add_argument('--data', metavar='SET', help='the data set, folder or zip that it was trained on (default: what the run says)')
    parser.add_argument('-n', type=int, default=500, metavar='N', help='generated pictures (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of z, and of which training pictures are looked at (default: %(default)s)')
    parser.add_argument('-o', '--output', metavar='FOLDER', help='where the pictures go')


def run(args):
    """``gluon-gan dissect``: prints numbers and the files that it wrote."""
    from .. import checks, runtime
    runtime.require()
    from ..train import source
    checks.whole_number('-n', args.n)
    checks.whole_number('--seed', args.seed, 0)
    home = source.folder_of(args.source)
    folder = Path(args.output) if args.output else home / 'dissect' if home else Path('dissect') / args.source
    if args.drop is not None and not args.forget:
        raise ValueError('--drop says how many maps --forget drops: give --forget FILE, too')
    if args.aligned and not args.forget:
        raise ValueError('--aligned says what --forget compares with: give --forget FILE, too')
    if args.forget:
        _forget(args, source.generator(args.source), folder)
    everything = not (args.features or args.neighbours or args.forget) and args.filters is None
    if args.features or args.neighbours or args.filters is not None or everything:
        _of_discriminator(args, source, folder, everything)
    return 0


def _of_discriminator(args, source, folder, everything):
    from .. import data, dissect
    from ..metrics import probe
    netD, name = source.discriminator(args.source), args.data or source.settings(args.source).get('data')
    if name is None:
        raise ValueError(f'{args.source} does not say what it was trained on: pass --data')
    layer = args.layer or dissect.last_maps(netD)
    head, _ = dissect.split(netD, layer)             # refuses what has no such layer before anything is loaded
    training = data.load(name, size=netD.size)
    if training.channels != netD.channels:
        raise ValueError(f'{training.name} has {training.channels} channels, and {args.source} looks at pictures of {netD.channels}: '
                         'pass another --data')
    print(f'{args.source}: {layer} of D, on {training.name}')
    pictures = _some(training, SEEN, args.seed)
    trained = probe.on_real(netD, pictures)
    if args.features or everything:
        _features(trained, probe.on_real(probe.untrained(netD, args.seed), pictures), layer, pictures, folder)
    if args.filters is not None or everything:
        _filters(dissect.split(trained, layer)[0], args.filters, pictures, folder)
    if args.neighbours or everything:
        _neighbours(args, source.generator(args.source), netD, training, data.held_out(name, size=netD.size), folder)


def _features(trained, untrained, layer, pictures, folder):
    import numpy as np
    from .. import dissect, pixels, viz
    inputs, rows, found = pixels.to_float(pictures.images), [], []
    for net in (trained, untrained):
        head, _ = dissect.split(net, layer)
        strong = dissect.strongest_features(dissect.maps_of(head, inputs), COMPARED)
        found.append(dissect.guided_backprop(head, inputs[strong.pictures], strong.filters, strong.y, strong.x))
        rows += [inputs[strong.pictures[:FEATURES]], dissect.pictures_of(found[-1][:FEATURES])]
        if net is trained:
            print(f"  strongest features: {', '.join(map(str, strong.filters[:FEATURES]))}")
    told = dissect.structure(*found)
    print(f'  concentration of what excites them: {told.trained:.2f}, of an untrained D {told.untrained:.2f}; '
          f'the trained one is clearer in {told.clearer:.0%} of pairs')
    sheet = viz.grid(np.concatenate(rows), ncol=FEATURES, scale=2)
    print(' ', viz.save(sheet, folder / 'features.png'), '(pictures, trained D, pictures, untrained D)')


def _filters(head, wanted, pictures, folder):
    import numpy as np
    from .. import dissect, pixels, viz
    inputs = pixels.to_float(pictures.images)
    wanted = wanted or dissect.strongest_features(dissect.maps_of(head, inputs), FEATURES).filters.tolist()
    found = dissect.most_exciting(head, inputs, wanted, min(EACH, len(inputs)))
    for index, each in found.items():
        print(f'  map {index}: its {len(each.pictures)} strongest pictures lie {each.selectivity:.1f} deviations above its mean')
    cut = [dissect.crops(inputs, each) for each in found.values()]
    side = [max(part.shape[axis] for part in cut) for axis in (2, 3)]
    cut = [np.pad(part, ((0, 0), (0, 0), (0, side[0] - part.shape[2]), (0, side[1] - part.shape[3]))) for part in cut]
    print(' ', viz.save(viz.grid(np.concatenate(cut), ncol=len(cut[0]), scale=2), folder / 'filters.png'), '(a row a map)')


def _neighbours(args, netG, netD, training, held_out, folder):
    import numpy as np
    from .. import dissect, latent, metrics, pixels, viz
    if held_out is None:
        raise ValueError(f'{training.name} has no pictures that the training did not see, with which --neighbours compares')
    made, known = latent.sample(netG, args.n, seed=args.seed), _some(training, 10 * args.n, args.seed)
    found = [dissect.nearest_training(space, made, known, _some(held_out, args.n, args.seed)) for space in ('pixels', metrics.discriminator(netD))]
    shown = dissect.closest(found[0])
    rows = [made.asnumpy()[shown]] + [pixels.to_float(known.images[each.indices[shown]]) for each in found]
    for each in found:
        told = each.verdict
        print(f'  {args.n} generated against {len(known):,} training pictures in {each.space}: {told.copies:.1%} copies, '
              f'{told.below_percentile:.1%} nearer than 1 % of held-out ones are, {told.below_median:.0%} than half of them; '
              f'nearer than a held-out one: {told.auc:.2f} (0.5 expected)')
    sheet = viz.grid(np.concatenate(rows), ncol=len(shown), scale=2)
    print(' ', viz.save(sheet, folder / 'neighbours.png'), '(generated, nearest in pixels, nearest for D)')
    print(' ', viz.save(dissect.distances_figure(*found), folder / 'distances.png'))


def _forget(args, netG, folder):
    import numpy as np
    from .. import dissect, latent, viz
    layer = args.layer or dissect.second_highest(netG)
    head, tail = dissect.split(netG, layer)
    rows = dissect.boxes(_read_boxes(args.forget), args.n, netG.size)
    z = latent.draw(args.n, netG.nz, seed=args.seed)
    maps = dissect.maps_of(head, z)
    marked, without, where = dissect.inside(rows, args.n, netG.size, maps.shape[2]), None, None
    if args.aligned:
        without, where = np.delete(maps, rows[:, 0], axis=0), marked.any(axis=0)
        if len(without) < 2:
            raise ValueError(f'--aligned compares with samples that have no box, and {len(without)} of {args.n} have none: ask for more by -n')
    found = dissect.evidence(maps, marked, without, seed=args.seed)
    dropped = dissect.strongest(found.weights, args.drop)
    if not len(dropped):
        raise ValueError(f'no map of {layer} speaks for the object in these boxes')
    others = 'the same place of other samples' if args.aligned else 'others'
    before, after = dissect.drop(head, tail, z, []), dissect.drop(head, tail, z, dropped, where)
    within, beyond = dissect.change(before, after, rows)
    print(f'{args.source}: {layer} of G, {len(rows)} boxes\n  a location in a box is told from {others} with an AUC of {found.auc:.2f}; '
          f'{len(dropped)} of {maps.shape[1]} maps dropped\n'
          f'  pixels change by {within:.3f} in the boxes and by {beyond:.3f} beyond (root mean square, of a range of 2)')
    shown = np.unique(rows[:, 0])[:12]
    sheet = np.concatenate([dissect.outlined(before, rows)[shown], after[shown]])
    print(' ', viz.save(viz.grid(sheet, ncol=len(shown), scale=2), folder / 'forgotten.png'), '(before, after)')


def _read_boxes(path):
    lines = [line.split('#')[0].replace(',', ' ').split() for line in Path(path).read_text().splitlines()]
    for number, words in enumerate(lines, 1):
        if words and (len(words) != 5 or not all(word.lstrip('-').isdigit() for word in words)):
            raise ValueError(f"{path}, line {number}: {' '.join(words)!r} is no box: five whole numbers are wanted, SAMPLE X0 Y0 X1 Y1")
    return [[int(word) for word in words] for words in lines if words]


def _some(images, count, seed):
    """At most so many pictures of a set, drawn at random."""
    import numpy as np
    return images[np.sort(np.random.default_rng(seed).choice(len(images), min(count, len(images)), replace=False))]
