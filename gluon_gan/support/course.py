"""What the lessons in ``notebooks/`` share: checks of the text's claims, and progress with an expected time."""
import operator
import time

RELATIONS = {
    '<': operator.lt, '<=': operator.le, '>': operator.gt, '>=': operator.ge, '==': operator.eq,
    'between': lambda value, bounds: bounds[0] <= value <= bounds[1],
}
REFRESH = 0.25        # seconds between two updates of a progress line


class Lesson:
    """The parameters of a lesson, and the values that its text was written with.

    The first cell of a lesson assigns its parameters, and a reader may change any of them. The numbers in the text
    hold for the original values only. So :meth:`check` tests a claim of the text with the original values, and
    otherwise prints the quantity without testing it.

    Parameters
    ----------
    values : dict
        The variables of the notebook: ``globals()``.
    **original
        Each parameter with the value that the text was written with.

    Attributes
    ----------
    changed : dict
        The parameters that differ, with their new values.

    Raises
    ------
    ValueError
        If a parameter is not among the values.

    Examples
    --------
    >>> steps = 200
    >>> lesson = Lesson(globals(), steps=600)
    steps = 200 (the text was written with 600). Your numbers will differ from the text, and its claims are not checked.
    >>> lesson.check('mean brightness', 0.123, '<', 0.2, 'Most pixels of a digit are background.')
    mean brightness: 0.123 (expected < 0.2 with the original parameters; not checked)
    """

    def __init__(self, values, **original):
        missing = [name for name in original if name not in values]
        if missing:
            raise ValueError(f'{missing[0]} has no value: run the cell with the parameters first')
        self.changed = {name: values[name] for name, value in original.items() if values[name] != value}
        if self.changed:
            changes = ', '.join(f'{name} = {value!r} (the text was written with {original[name]!r})'
                                for name, value in self.changed.items())
            print(f'{changes}. Your numbers will differ from the text, and its claims are not checked.')

    def check(self, quantity, value, relation, bound, meaning, always=False):
        """Print a quantity with its threshold, and check it if the parameters have their original values.

        Parameters
        ----------
        quantity : str
            What the value is, as it is printed.
        value : number
        relation : str
            '<', '<=', '>', '>=', '==' or 'between'.
        bound : number, or (number, number) for 'between'
        meaning : str
            A sentence: what it means that the relation holds. It is a part of the error if it does not.
        always : bool
            Check it also if parameters were changed, because it holds for any.

        Raises
        ------
        AssertionError
            If the relation does not hold.
        ValueError
            If there is no such relation.
        """
        if relation not in RELATIONS:
            raise ValueError(f"there is no relation {relation!r}; there are {', '.join(RELATIONS)}")
        checked = always or not self.changed
        value = value.item() if hasattr(value, 'item') else value
        expected = f'{relation} {shown(bound)}' if relation != '==' else shown(bound)
        if relation == 'between':
            expected = f'between {shown(bound[0])} and {shown(bound[1])}'
        note = '' if checked else ' with the original parameters; not checked'
        print(f'{quantity}: {shown(value)} (expected {expected}{note})')
        if checked and not RELATIONS[relation](value, bound):
            raise AssertionError(f'{quantity} is {shown(value)}, but expected {expected}. {meaning}')

    def progress(self, doing, seconds=None):
        """A line that shows how far a training is: a callback for ``fit``.

        Parameters
        ----------
        doing : str
            Such as 'training'.
        seconds : float, optional
            How long it takes on two cores with the original parameters. It is printed beside the measured time.

        Returns
        -------
        Progress
        """
        return Progress(doing, seconds, bool(self.changed))

    def track(self, iterable, doing, seconds=None, total=None):
        """Iterate, and show how far the loop is.

        Parameters
        ----------
        iterable : iterable
        doing, seconds
            As in :meth:`progress`.
        total : int, optional
            The number of items, if the iterable has no length.

        Yields
        ------
        item
            Each item of the iterable.
        """
        bar = self.progress(doing, seconds)
        bar.start(len(iterable) if total is None and hasattr(iterable, '__len__') else total)
        for item in iterable:
            yield item
            bar.advance()
        bar.stop()


class Progress:
    """A line of text that is updated in place in a notebook. See :meth:`Lesson.progress`.

    As a callback it counts the steps of a trainer. Otherwise call :meth:`start`, :meth:`advance` and :meth:`stop`.
    """

    def __init__(self, doing, seconds=None, changed=False):
        self.doing, self.seconds, self.changed = doing, seconds, changed
        self.done, self.total, self._display, self._shown = 0, None, None, 0.0

    def start(self, total=None, done=0):
        """Begin to count; ``total`` is None if the end is not known."""
        self.done, self.total, self._began = done, total, time.monotonic()
        self._show()

    def advance(self, count=1):
        """Count completed items."""
        self.done += count
        if time.monotonic() - self._shown >= REFRESH:
            self._show()

    def stop(self):
        """Show the time that it took."""
        self._show(ended=True)

    def _show(self, ended=False):
        self._shown = time.monotonic()
        elapsed = self._shown - self._began
        count = f'{self.done:,}' if self.total is None else f'{self.done:,} of {self.total:,}'
        text = f"{self.doing}: {count}{' in' if ended else ','} {elapsed:.0f} s"
        if self.seconds is not None:
            text += f" (expected: about {self.seconds:,} s{' with the original parameters' if self.changed else ''})"
        self._print(text, ended)

    def _print(self, text, ended):
        """Update the line in a notebook; in other programs, print the last one only."""
        try:
            from IPython import display, get_ipython
            notebook = get_ipython()
        except ImportError:
            notebook = None
        if notebook is None:
            if ended:
                print(text)
            return
        if self._display is None:
            self._display = display.display({'text/plain': text}, raw=True, display_id=True)
        else:
            self._display.update({'text/plain': text}, raw=True)

    def on_begin(self, trainer):
        self.start(trainer.goal, trainer.steps)

    def on_step(self, trainer):
        self.advance()

    def on_epoch(self, trainer):
        pass

    def on_end(self, trainer):
        self.stop()


def shown(value):
    """str: a number as the lessons print it, with three significant digits; integers in full."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f'{value:,}' if isinstance(value, int) else f'{value:.3g}'
