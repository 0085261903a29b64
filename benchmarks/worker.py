"""The worker's side of the protocol with step.py: one line of JSON for each request and each answer.

A worker sleeps while it waits for a request: the threads of both frameworks spin for a few milliseconds only.
"""
import json
import sys
import time


def serve(make, versions):
    """Answer requests until the input ends.

    The first request contains the settings and is answered with `versions`. Every other request names a variant and a
    number of steps, and is answered with the duration and the processor time of this process, in seconds.

    Parameters
    ----------
    make : callable
        ``make(variant, settings)`` returns an object with ``run(steps)``. It is called once for each variant.
    versions : dict
    """
    settings, runners = json.loads(sys.stdin.readline()), {}
    answer(versions)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            variant = request['variant']
            if variant not in runners:
                runners[variant] = make(variant, settings)
            since, busy = time.perf_counter(), time.process_time()
            runners[variant].run(request['steps'])
            answer({'seconds': time.perf_counter() - since, 'busy': time.process_time() - busy})
        except Exception as error:      # a variant that cannot run here must not stop the others
            answer({'error': f'{type(error).__name__}: {error}'.splitlines()[0][:200]})


def answer(message):
    print(json.dumps(message), flush=True)
