"""The work: in a module of its own, so that the workers of Dask can import it."""

from quick_htag import progress


def count_primes(below):
    sieve = bytearray([1]) * below
    sieve[:2] = b"\0\0"
    root = int(below**0.5)
    for number in range(2, root + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, below, number)))
        if number % 50 == 0:
            progress(number / root)
    return sum(sieve)
