"""Errors in one line, with the options of the command in place of the arguments of Python functions."""
import re
import shlex

# Arguments of functions that have another name than the option: (argument, destination of the option).
ALIASES = (('classes', 'label'), ('labels', 'label'), ('count', 'n'), ('lr_d', 'lrD'), ('lr_g', 'lrG'),
           ('max_bad_share', 'max_unreadable'))


def one_line(error, args):
    """The message of an exception for a user of the command line.

    Parameters
    ----------
    error : BaseException
    args : argparse.Namespace
        The parsed arguments of the command, with ``words``, and ``options`` from :class:`gluon_gan.cli.Parser`.

    Returns
    -------
    str
        One line. For an OSError of the system, the file and the reason. For a damaged checkpoint with a readable one
        before it, the same command with that one.
    """
    if isinstance(error, OSError) and error.strerror:
        return f'{error.filename or "the system"}: {error.strerror}'
    if getattr(error, 'earlier', None) is not None and getattr(args, 'source', None) in args.words:
        words = [str(error.earlier) if word == args.source else word for word in args.words]
        return f"{error.problem}, or use the one before it: {shlex.join(['gluon-gan', *words])}"
    return with_options(' '.join(str(error).split()) or type(error).__name__, args.options)


def with_options(message, options):
    """Replace names of arguments in a message by options, where they can only be such names.

    Parameters
    ----------
    message : str
    options : dict of str to str
        The option of each argument, such as '--batch-size' for 'batch_size'.

    Returns
    -------
    str
        'batch_size=9 is' becomes '--batch-size 9 is', 'pass weights=...' becomes 'pass --weights', and 'size must be'
        at the beginning becomes '--size must be'.
    """
    options = {**{name: options[other] for name, other in ALIASES if other in options}, **options}
    for name, option in options.items():
        alone = rf'(?<![\w\'"./?&=-]){re.escape(name)}'
        message = re.sub(rf'{alone}=(?:\.\.\.|True)', option, message)
        message = re.sub(rf'{alone}=(?=[^\s=])', f'{option} ', message)
        if '_' in name or name != name.lower():
            message = re.sub(rf'{alone}(?![\w\'"/=-])', option, message)
        message = re.sub(rf'^((?:\S+ and )?){name}(?=(?: and \w+)? must )', rf'\1{option}', message)
    return message
