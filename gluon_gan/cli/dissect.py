"""The command ``gluon-gan dissect``: inspect the networks of a trained GAN."""
import argparse
from pathlib import Path

from ..support import renamed
from . import tolerance

HELP = """Inspect the networks of a run, and write the results as images into RUN/dissect/. RUN is the folder of a run,
a checkpoint, or the name of shipped weights, whose results go to dissect/NAME/. Without --features, --filters,
--neighbours and --ablate, the command does the first three. Each of them prints a number that measures its success."""
EXAMINED = 1000         # training images
FEATURES = 6            # feature maps shown
TOP_IMAGES = 9          # images shown for each feature map
COMPARED = 24           # feature maps of the trained and the untrained D whose guided gradients are compared


def add(commands):
    """Add ``dissect`` to the parser of the command line."""
    parser = commands.add_parser('dissect', help='inspect what the networks of a run have learned', description=HELP,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help='the folder of a run, a checkpoint, or the name of shipped '
                                                      'weights (mnist)')
    parser.add_argument('--features', action='store_true',
                        help='the pixels that activate the strongest features of D (guided backpropagation), compared '
                             'with those of an untrained D')
    parser.add_argument('--filters', type=int, nargs='*', metavar='INDEX',
                        help='the training images that activate these feature maps of D most (default: the six '
                             'strongest feature maps)')
    parser.add_argument('--neighbours', action='store_true',
                        help='the nearest training image of each generated image, in pixels and in the features of D')
    parser.add_argument('--layer', metavar='NAME',
                        help='layer of D (default: the last with feature maps, such as down.3), or with --ablate layer '
                             'of G (default: the second highest, such as up.1)')
    parser.add_argument('--data', metavar='SET',
                        help='data set, folder or zip with the training images (default: from the run)')
    parser.add_argument('-n', type=int, default=500, metavar='N', help='number of generated images '
                                                                       '(default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0,
                        help='seed of z and of the choice of training images (default: %(default)s)')
    parser.add_argument('-o', '--output', metavar='FOLDER', help='folder for the images')
    tolerance.add_option(parser)
    _add_ablation(parser.add_argument_group('ablation'))


def _add_ablation(group):
    options = {
        '--ablate': dict(metavar='FILE',
                         help="set the feature maps of G that produce an object to zero; FILE has a line 'SAMPLE X0 Y0 "
                              "X1 Y1' for each bounding box, in pixels of the samples of --seed"),
        '--ablate-top': dict(type=int, metavar='K',
                             help='with --ablate: only the K feature maps with the largest weights (default: all with '
                                  'a positive weight, as in the paper)'),
    }
    for name, settings in options.items():
        group.add_argument(name, **settings)
    group.add_argument('--aligned', action='store_true',
                       help='with --ablate, for aligned images such as faces: compare with the same locations of the '
                            'samples without a box (box the object in all samples that show it), and ablate only there')
    for old, new in renamed.OPTIONS['dissect'].items():
        settings = {**options[new], 'help': argparse.SUPPRESS, 'dest': new.strip('-').replace('-', '_')}
        group.add_argument(old, **settings)


@tolerance.applied
def run(args):
    """Run ``gluon-gan dissect``: print the numbers, and the files that were written."""
    from .. import runtime
    from ..support import checks
    runtime.require()
    from ..train.run import source
    checks.whole_number('-n', args.n)
    checks.whole_number('--seed', args.seed, 0)
    home = source.folder_of(args.source)
    folder = Path(args.output) if args.output else home / 'dissect' if home else Path('dissect') / args.source
    for option, given in (('--ablate-top', args.ablate_top is not None), ('--aligned', args.aligned)):
        if given and not args.ablate:
            raise ValueError(f'{option} needs --ablate FILE')
    if args.ablate:
        _ablate(args, source.generator(args.source), folder)
    everything = not (args.features or args.neighbours or args.ablate) and args.filters is None
    if args.features or args.neighbours or args.filters is not None or everything:
        _inspect_discriminator(args, source, folder, everything)
    return 0


def _inspect_discriminator(args, source, folder, everything):
    from .. import catalogue, dissect
    from ..metrics import probe
    netD, name = source.discriminator(args.source), args.data or source.settings(args.source).get('data')
    if name is None:
        raise ValueError(f'the training data of {args.source} is unknown: pass --data')
    layer = args.layer or dissect.last_feature_layer(netD)
    head, _ = dissect.split(netD, layer)             # raises for an unknown layer before any data is loaded
    # The channels of the recorded data are known. Grey images of other data are converted for a network of colour.
    options = dict(size=netD.size, channels=netD.channels if args.data is None or netD.channels == 3 else None)
    training = catalogue.load(name, **options)
    if training.channels != netD.channels:
        raise ValueError(f'{training.name} has {training.channels} channels, and the discriminator of {args.source} '
                         f'takes {netD.channels}: pass another --data')
    print(f'{args.source}: {layer} of D, on {training.name}')
    images = _random_subset(training, EXAMINED, args.seed)
    trained = probe.on_real(netD, images)
    if args.features or everything:
        _features(trained, probe.on_real(probe.untrained(netD, args.seed), images), layer, images, folder)
    if args.filters is not None or everything:
        _filters(dissect.split(trained, layer)[0], args.filters, images, folder)
    if args.neighbours or everything:
        held_out = catalogue.held_out(name, **options)
        _neighbours(args, source.generator(args.source), netD, training, held_out, folder)


def _features(trained, untrained, layer, images, folder):
    import numpy as np

    from .. import dissect, viz
    from ..support import pixels
    inputs, rows, gradients = pixels.to_float(images.images), [], []
    for net in (trained, untrained):
        head, _ = dissect.split(net, layer)
        strong = dissect.strongest_features(dissect.feature_maps(head, inputs), COMPARED)
        gradients.append(
            dissect.guided_backprop(head, inputs[strong.pictures], strong.filters, strong.y, strong.x))
        rows += [inputs[strong.pictures[:FEATURES]], dissect.saliency_images(gradients[-1][:FEATURES])]
        if net is trained:
            print(f"  strongest features: {', '.join(map(str, strong.filters[:FEATURES]))}")
    structure = dissect.structure(*gradients)
    print(f'  concentration of the guided gradients: {structure.trained:.2f} (untrained D: {structure.untrained:.2f}); '
          f'the trained D is more concentrated in {structure.clearer:.0%} of pairs')
    sheet = viz.grid(np.concatenate(rows), ncol=FEATURES, scale=2)
    print(' ', viz.save(sheet, folder / 'features.png'), '(images, trained D, images, untrained D)')


def _filters(head, wanted, images, folder):
    import numpy as np

    from .. import dissect, viz
    from ..support import pixels
    inputs = pixels.to_float(images.images)
    wanted = wanted or dissect.strongest_features(dissect.feature_maps(head, inputs), FEATURES).filters.tolist()
    found = dissect.top_activating_images(head, inputs, wanted, min(TOP_IMAGES, len(inputs)))
    for index, top in found.items():
        print(f'  feature map {index}: the activations of its top {len(top.pictures)} images are '
              f'{top.selectivity:.1f} standard deviations above its mean')
    crops = [dissect.crops(inputs, top) for top in found.values()]
    height, width = (max(part.shape[axis] for part in crops) for axis in (2, 3))
    crops = [np.pad(part, ((0, 0), (0, 0), (0, height - part.shape[2]), (0, width - part.shape[3]))) for part in crops]
    sheet = viz.grid(np.concatenate(crops), ncol=len(crops[0]), scale=2)
    print(' ', viz.save(sheet, folder / 'filters.png'), '(one row for each feature map)')


def _neighbours(args, netG, netD, training, held_out, folder):
    import numpy as np

    from .. import dissect, latent, metrics, viz
    from ..support import pixels
    if held_out is None:
        raise ValueError(f'{training.name} has no held-out images, which --neighbours needs for comparison')
    generated = latent.sample(netG, args.n, seed=args.seed)
    known, unseen = _random_subset(training, 10 * args.n, args.seed), _random_subset(held_out, args.n, args.seed)
    found = [dissect.nearest_training(space, generated, known, unseen)
             for space in ('pixels', metrics.discriminator(netD))]
    shown = dissect.closest(found[0])
    rows = [generated.asnumpy()[shown]] + [pixels.to_float(known.images[each.indices[shown]]) for each in found]
    for each in found:
        memorisation = each.memorisation
        print(f'  {args.n} generated and {len(known):,} training images in {each.space}: '
              f'{memorisation.copies:.1%} copies; {memorisation.below_percentile:.1%} nearer than the nearest 1 % of '
              f'held-out images, {memorisation.below_median:.0%} nearer than their median; '
              f'probability of being nearer than a held-out image {memorisation.auc:.2f} (expected 0.5)')
    sheet = viz.grid(np.concatenate(rows), ncol=len(shown), scale=2)
    print(' ', viz.save(sheet, folder / 'neighbours.png'), '(generated, nearest in pixels, nearest in features of D)')
    print(' ', viz.save(dissect.distances_figure(*found), folder / 'distances.png'))


def _ablate(args, netG, folder):
    import numpy as np

    from .. import dissect, latent, viz
    layer = args.layer or dissect.second_highest_layer(netG)
    head, tail = dissect.split(netG, layer)
    rows = dissect.boxes(_read_boxes(args.ablate), args.n, netG.size)
    z = latent.sample_z(args.n, netG.nz, seed=args.seed)
    feature_maps = dissect.feature_maps(head, z)
    marked, without, where = dissect.inside(rows, args.n, netG.size, feature_maps.shape[2]), None, None
    if args.aligned:
        without, where = np.delete(feature_maps, rows[:, 0], axis=0), marked.any(axis=0)
        if len(without) < 2:
            raise ValueError('--aligned compares with samples that have no box, '
                             f'and {len(without)} of {args.n} have none: increase -n')
    found = dissect.fit_object_classifier(feature_maps, marked, without, seed=args.seed)
    ablated = dissect.top_feature_maps(found.weights, args.ablate_top)
    if not len(ablated):
        raise ValueError(f'no feature map of {layer} has a positive weight for the object in these boxes: '
                         'choose another --layer, or add boxes')
    negatives = 'the same locations of other samples' if args.aligned else 'other locations'
    before, after = dissect.ablate(head, tail, z, []), dissect.ablate(head, tail, z, ablated, where)
    within, outside = dissect.change(before, after, rows)
    print(f'{args.source}: {layer} of G, {len(rows)} boxes\n'
          f'  AUC {found.auc:.2f} for locations inside the boxes against {negatives}; '
          f'{len(ablated)} of {feature_maps.shape[1]} feature maps ablated\n'
          f'  pixels change by {within:.3f} inside the boxes and by {outside:.3f} outside '
          '(root mean square, on a range of 2)')
    shown = np.unique(rows[:, 0])[:12]
    sheet = np.concatenate([dissect.outlined(before, rows)[shown], after[shown]])
    print(' ', viz.save(viz.grid(sheet, ncol=len(shown), scale=2), folder / 'ablated.png'), '(before, after)')


def _read_boxes(path):
    lines = [line.split('#')[0].replace(',', ' ').split() for line in Path(path).read_text().splitlines()]
    for number, words in enumerate(lines, 1):
        if words and (len(words) != 5 or not all(word.lstrip('-').isdigit() for word in words)):
            raise ValueError(f"{path}, line {number}: {' '.join(words)!r} is not a box; "
                             'write five integers: SAMPLE X0 Y0 X1 Y1')
    return [[int(word) for word in words] for words in lines if words]


def _random_subset(images, count, seed):
    """A random subset of a data set, of at most ``count`` images."""
    import numpy as np
    chosen = np.random.default_rng(seed).choice(len(images), min(count, len(images)), replace=False)
    return images[np.sort(chosen)]
