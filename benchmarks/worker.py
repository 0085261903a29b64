"""The side of a worker process in the conversation with step.py: a line of JSON in, a line of JSON out.

A worker that waits for its next line sleeps: neither framework's threads spin for longer than some milliseconds.
"""
import json
import sys
import time


def serve(make, versions):
    """Answer until the input ends.

    The first line holds the settings and is answered with `versions`. Each further one names a variant and a number of steps, and is
    answered with the seconds they took and the processor seconds of this process; ``make(variant, settings)`` is called the first time.
    """
    settings, made = json.loads(sys.stdin.readline()), {}
    answer(versions)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order['variant'] not in made:
                made[order['variant']] = make(order['variant'], settings)
            since, busy = time.perf_counter(), time.process_time()
            made[order['variant']].run(order['steps'])
            answer({'seconds': time.perf_counter() - since, 'busy': time.process_time() - busy})
        except Exception as error:      # a variant that cannot run here must not end the others
            answer({'error': f'{type(error).__name__}: {error}'.splitlines()[0][:200]})


def answer(message):
    print(json.dumps(message), flush=True)
